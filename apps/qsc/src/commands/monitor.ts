import { inertText, parseDuration, QscError, WATCH_RULES, type WatchRule } from "@qsc/contract";
import { type ActingCommand, type Flags, text, textOr } from "../command.js";
import { powerLines } from "../power-lines.js";
import { watchPrinter } from "../watch-printer.js";
import { PROOF_OPTION, proofMs } from "./proof.js";
import { givenWindow } from "./window.js";
import { HEARTBEAT_OPTION } from "../heartbeat.js";

/** `qsc monitor`. */
export const monitorCommand: ActingCommand = {
  kind: "acts",
  name: "monitor",
  summary: "Watch the canary, and roll it back at any violation. Exit 0 eligible, 2 rolled back",
  options: {
    duration: { type: "string", description: "How long to watch [as requested at activation, 6h by default]" },
    interval: { type: "string", description: "Longest time between two judgements, below 45s [30s]" },
    window: { type: "string", description: "Number of newest entries that are judged [2000]" },
    rule: {
      type: "string",
      choices: [...WATCH_RULES],
      default: "strict",
      description:
        "What makes a check end the watch: a point estimate or evidence, whichever comes first (strict), or only evidence",
    },
    stay: { type: "boolean", default: false, description: "Keep watching an eligible canary until a person acts" },
    ...PROOF_OPTION,
    ...HEARTBEAT_OPTION,
  },
  settings: ["metricsFile"],
  examples: [
    ["$0 monitor", "six hours from the activation, in the foreground"],
    ["$0 monitor --stay", "as a service of Type=notify: until a person promotes, or it is rolled back"],
  ],
  report: "kept",
  run: async ({ context, flags, io, env, quiet, signal, judgement, metrics, onStep }) => {
    const [{ LEASE_SECONDS, monitor, WATCH_WINDOW, writeReport }, { watchNotifier }] = await Promise.all([
      import("@qsc/rollout"),
      import("../watch-notifier.js"),
    ]);
    const duration = text(flags, "duration");
    const printer = watchPrinter(io, quiet, judgement.now);
    const systemd = watchNotifier(env, io, judgement.now);
    try {
      return await monitor(context, {
        durationMs: duration === null ? null : parseDuration(duration, "--duration"),
        intervalMs: intervalOf(flags, LEASE_SECONDS),
        window: givenWindow(flags) ?? WATCH_WINDOW,
        rule: ruleOf(flags),
        stay: flags["stay"] === true,
        proofMs: proofMs(flags),
        signal,
        onBegin: (power) => {
          for (const line of powerLines(power)) printer.say(line);
        },
        onReport: (report) => {
          printer.show(report);
          systemd.show(report);
          metrics?.update(report.outage);
        },
        onEligible: async (document) => {
          const { markdown } = await writeReport(document, context.workdir, { isFinal: false });
          printer.say(`report  ${inertText(markdown)} (and .html, .json)`);
        },
        onStep: (step) => {
          printer.end();
          onStep(step);
          systemd.step(step);
        },
      });
    } finally {
      printer.end();
    }
  },
};

function ruleOf(flags: Flags): WatchRule {
  const given = text(flags, "rule");
  const rule = WATCH_RULES.find((each) => each === given);
  if (rule !== undefined) return rule;
  throw new QscError("usage", `--rule '${given ?? ""}' does not exist; write ${WATCH_RULES.join(" or ")}.`);
}

/** A judgement renews the lease, so it must come before the lease runs out. */
function intervalOf(flags: Flags, leaseSeconds: number): number {
  const given = textOr(flags, "interval", "30s");
  const intervalMs = parseDuration(given, "--interval");
  if (intervalMs < leaseSeconds * 1000) return intervalMs;
  throw new QscError(
    "usage",
    `--interval '${given}' is too long; write less than ${leaseSeconds} s, such as 30s: each judgement renews the canary's lease.`,
  );
}

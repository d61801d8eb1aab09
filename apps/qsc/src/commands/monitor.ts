import { parseDuration, QscError, WATCH_RULES, type WatchRule } from "@qsc/contract";
import { type ActingCommand, type Flags, text, textOr } from "../command.js";
import { watchPrinter } from "../watch-printer.js";
import { PROOF_OPTION, proofMs } from "./proof.js";
import { givenWindow } from "./window.js";

/** `qsc monitor`. */
export const monitorCommand: ActingCommand = {
  kind: "acts",
  name: "monitor",
  summary: "Watch the canary, and take it back at any violation. Exit 0 eligible, 2 rolled back",
  options: {
    duration: { type: "string", description: "How long to watch [as the activation said: 6h]" },
    interval: { type: "string", description: "Longest time between two judgements, below 45s [30s]" },
    window: { type: "string", description: "Newest entries that are judged [2000]" },
    rule: { type: "string", choices: [...WATCH_RULES], default: "strict", description: "What ends the watch for a check: point estimates or evidence, whichever comes first (strict), or evidence alone" },
    stay: { type: "boolean", default: false, description: "Go on watching an eligible canary until a person acts" },
    ...PROOF_OPTION,
  },
  examples: [
    ["$0 monitor", "six hours from the activation, in the foreground"],
    ["$0 monitor --stay", "as a service of Type=notify: until a person promotes, or it is rolled back"],
  ],
  report: "kept",
  run: async ({ world, flags, io, env, quiet, signal, setting, onStep }) => {
    const [{ LEASE_SECONDS, monitor, WATCH_WINDOW }, { watchNotifier }] = await Promise.all([import("@qsc/rollout"), import("../watch-notifier.js")]);
    const duration = text(flags, "duration");
    const printer = watchPrinter(io, quiet, setting.now);
    const systemd = watchNotifier(env, io);
    try {
      return await monitor(world, {
        durationMs: duration === null ? null : parseDuration(duration, "--duration"),
        intervalMs: intervalOf(flags, LEASE_SECONDS),
        window: givenWindow(flags) ?? WATCH_WINDOW,
        rule: ruleOf(flags),
        stay: flags["stay"] === true,
        proofMs: proofMs(flags),
        signal,
        onReport: (report) => {
          printer.show(report);
          systemd.show(report);
        },
        onStep: (step) => {
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
  throw new QscError("usage", `--rule '${given ?? ""}' is none; write ${WATCH_RULES.join(" or ")}.`);
}

/** A judgement renews the lease, so that it comes before the lease has run out. */
function intervalOf(flags: Flags, leaseSeconds: number): number {
  const given = textOr(flags, "interval", "30s");
  const intervalMs = parseDuration(given, "--interval");
  if (intervalMs < leaseSeconds * 1000) return intervalMs;
  throw new QscError("usage", `--interval '${given}' is too long; write one shorter than ${leaseSeconds} s, such as 30s: a judgement renews the canary's lease.`);
}

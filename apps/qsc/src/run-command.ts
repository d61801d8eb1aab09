import { hostname } from "node:os";
import { asQscError, EXIT, inertText, QscError, type ExitCode, type QscDocument } from "@qsc/contract";
import type { JudgementContext, ModelSignatures } from "@qsc/rollout";
import {
  type ActingCommand,
  type CliContext,
  type FileCommand,
  type Flags,
  type JudgingCommand,
  type JudgingSession,
  type Session,
  type SettledCommand,
} from "./command.js";
import { heartbeatSignal } from "./heartbeat.js";
import { loadWhole } from "./load-whole.js";
import { metricsFileOf } from "./metrics-file-of.js";
import { repeatableOf } from "./options.js";
import { openTelemetry } from "./open-telemetry.js";
import { policyFrom } from "./policy-from.js";
import { unlessInterrupted } from "./unless-interrupted.js";
import { windowOf } from "./window-of.js";
import { withCode } from "./with-code.js";
import { refuseMisspelt } from "./settings/misspelt.js";
import { originTeller, type OriginTeller } from "./settings/origin.js";
import { resolveSettings } from "./settings/resolve.js";
import type { Settings } from "./settings/table.js";
import { readersOf } from "./spread/readers.js";
import { requireValues } from "./require-values.js";
import { requireVerifyKey } from "./require-verify-key.js";
import { stepPrinter } from "./step-printer.js";

/** Opens what a command needs, runs it, prints its document, and writes its report. @throws QscError */
export async function runCommand(command: SettledCommand, flags: Flags, cli: CliContext): Promise<ExitCode> {
  requireValues(flags, repeatableOf(command));
  // Nothing about settings stands in the way of a rollback.
  if (command.kind !== "acts" || !readsNoPolicy(command)) refuseMisspelt(cli.env);
  const { settings, config, notify } = await resolveSettings(flags, cli.env);
  const origin = originTeller(config, flags["quiet"] === true);
  // An answer for a script comes without words, unless the command fails.
  const isAnswer = command.kind === "acts" && command.answer !== undefined && flags["verbose"] !== true;
  if (config !== null && !isAnswer) origin(cli.io.err);
  try {
    return await runWith({ settings, notify }, origin, command, flags, cli);
  } catch (thrown) {
    // A mistake on the command line or in a file is one sentence, which names it.
    if (asQscError(thrown).exitCode !== EXIT.error) origin(cli.io.err);
    throw thrown;
  }
}

function readsNoPolicy(command: SettledCommand): boolean {
  return (
    command.kind === "serves" ||
    (command.kind === "examines" && command.readsPolicy !== true) ||
    (command.kind === "acts" && command.readsNoPolicy === true)
  );
}

async function runWith(
  { settings, notify }: Pick<Session, "settings" | "notify">,
  origin: OriginTeller,
  command: SettledCommand,
  flags: Flags,
  cli: CliContext,
): Promise<ExitCode> {
  const judgement: JudgementContext = {
    ...(await policyFrom(readsNoPolicy(command) ? null : settings.policy)),
    unit: settings.unit,
    host: hostname(),
    toolVersion: cli.version,
    now: Date.now,
  };
  requireVerifyKey(judgement.policy, settings);
  const isSigned =
    command.settings?.includes("modelKey") === true && judgement.policy.require.includes("model_signature");
  const modelSignatures = isSigned ? await signaturesFrom(settings) : null;
  const { signal, io, env, stdin } = cli;
  const [quiet, verbose] = [flags["quiet"] === true, flags["verbose"] === true];
  const session = {
    judgement: { ...judgement, modelSignatures },
    settings,
    notify,
    origin,
    flags,
    io,
    env,
    stdin,
    quiet,
    verbose,
    signal,
  };
  if (command.kind === "serves") {
    if (command.loadsWhole === true) await loadWhole();
    await command.run(session);
    return EXIT.proven;
  }
  if (command.kind === "judges") return judge(command, session, cli);
  if (command.kind === "examines") {
    if (command.endsItself === true) await loadWhole();
    const examining = examine(command, session, cli);
    return command.endsItself === true ? examining : unlessInterrupted(examining, signal);
  }
  const acting = act(command, session, cli);
  return command.onlyAsks === true ? unlessInterrupted(acting, signal) : acting;
}

async function signaturesFrom(settings: Settings): Promise<ModelSignatures | null> {
  const { modelSignaturesFrom } = await import("./signature-keys.js");
  return modelSignaturesFrom(settings);
}

async function judge(command: JudgingCommand, session: Session, cli: CliContext): Promise<ExitCode> {
  const { flags } = session;
  const follows = command.follows?.(flags) ?? false;
  const readers = command.spreads === true ? await unlessInterrupted(readersOf(session, follows), cli.signal) : null;
  const window = { ...windowOf(flags), ...(readers !== null && { readers }) };
  try {
    return await unlessInterrupted(judgeWindow(command, { ...session, window }, cli), cli.signal);
  } finally {
    // Interrupted or not, nothing is left in the queue.
    await readers?.[Symbol.asyncDispose]();
  }
}

async function judgeWindow(
  command: JudgingCommand,
  session: Omit<JudgingSession, "source">,
  cli: CliContext,
): Promise<ExitCode> {
  const source = await openTelemetry(session.settings, command.follows?.(session.flags) ?? false);
  try {
    return await deliver(await command.run({ ...session, source }), "needed", session, cli);
  } finally {
    await source.close();
  }
}

async function examine(command: FileCommand, session: Session, cli: CliContext): Promise<ExitCode> {
  return deliver(await command.run(session), "needed", session, cli);
}

async function act(command: ActingCommand, given: Session, cli: CliContext): Promise<ExitCode> {
  const session = { ...given, signal: heartbeatSignal(given.flags, given.signal, cli.stdin) };
  const { operationContext } = await import("./operation-context.js");
  if (command.onlyAsks !== true) await loadWhole();
  const context = await operationContext(session, command, cli);
  const steps = stepPrinter(cli.io, session.quiet);
  const metrics = await metricsFileOf(command, session, context);
  try {
    const document = await command.run({ ...session, context, onStep: steps.show, metrics });
    const { report, answer } = command;
    return await deliver(document, report, session, cli, {
      ...(answer !== undefined && { answer }),
      stepsShown: steps.hasShown(),
    });
  } finally {
    // Last of all, so that neither a rollback nor its report waits for it.
    await metrics?.end();
  }
}

interface Delivery {
  readonly answer?: NonNullable<ActingCommand["answer"]>;
  /** Whether the steps were already printed as they were taken: once is enough. */
  readonly stepsShown?: boolean;
}

/** Prints the document, or its answer for a script, and writes its report. */
async function deliver(
  document: QscDocument,
  report: ActingCommand["report"],
  { settings, origin, flags, quiet, verbose, env }: Session,
  { io }: CliContext,
  { answer, stepsShown = false }: Delivery = {},
): Promise<ExitCode> {
  const { writeReport } = await import("@qsc/rollout/judging");
  const json = flags["json"] === true;
  const written =
    report === "none"
      ? null
      : await writeReport(document, settings.workdir).catch((error: unknown) => asQscError(error));
  if (written instanceof QscError && report === "needed" && document.exitCode !== EXIT.refused) throw written;
  const { toClosingLine, toJson, toTerminal } = await import("@qsc/report");
  const words = answer === undefined ? io.out : io.err;
  const given = answer?.(document) ?? null;
  // Of a watch that is a service, people see the last lines; the report has the rest.
  const isService = document.kind === "monitor" && (env["NOTIFY_SOCKET"] ?? "") !== "";
  const brief = isService && !verbose;
  const isSilent = quiet || (given !== null && !verbose && document.exitCode === EXIT.proven);
  if (json) io.deliver(toJson(document));
  else {
    const without = [
      ...(stepsShown ? ["steps" as const] : []),
      ...(verbose ? [] : ["files" as const, "segments" as const]),
      // Before a person decides to activate; otherwise the report has it.
      ...(verbose || flags["dry-run"] === true ? [] : ["power" as const]),
    ];
    if (!isSilent) words(toTerminal(document, { color: io.color, without, folded: !verbose, brief }));
    if (given !== null) io.deliver(`${given}\n`);
  }
  // No refusal is silent: this is all that the journal has of a dead-man's run.
  if (quiet && !json && document.exitCode !== EXIT.proven) {
    document.reasons.forEach((message, index) => {
      io.err(`qsc: ${inertText(withCode({ code: document.codes?.[index], message }))}\n`);
    });
  }
  if (written instanceof QscError) io.err(`qsc: ${inertText(withCode(written))}\n`);
  else if (written !== null && !quiet)
    (json ? io.err : words)(`report  ${inertText(written.markdown)} (and .html, .json)\n`);
  if (!isSilent && !brief) origin(json ? io.err : words);
  const closing = toClosingLine(document);
  if (closing !== null && !quiet && !json) words(`${inertText(closing)}\n`);
  return document.exitCode;
}

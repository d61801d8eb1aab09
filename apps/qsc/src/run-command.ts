import { hostname } from "node:os";
import {
  asQscError,
  EXIT,
  inertText,
  parseTime,
  QscError,
  type ExitCode,
  type Policy,
  type QscDocument,
} from "@qsc/contract";
import type { Setting, WindowRequest } from "@qsc/rollout";
import { type CliContext, type Command, type Flags, text } from "./command.js";
import { readOptionFile } from "./read-file.js";
import { resolveSettings } from "./settings.js";

/** Opens what a command needs, runs it, prints its document, writes its report. @throws QscError */
export async function runCommand(command: Command, flags: Flags, context: CliContext): Promise<ExitCode> {
  requireSingleValues(flags);
  const window = windowOf(flags);
  const settings = await resolveSettings(
    {
      ...optional("source", flags),
      ...optional("stream", flags),
      ...optional("policy", flags),
      ...optional("workdir", flags),
      ...optional("config", flags),
    },
    context.env,
  );
  const setting: Setting = {
    ...(await policyFrom(settings.policy)),
    unit: null,
    host: hostname(),
    toolVersion: context.version,
    now: Date.now,
  };
  const { openSource } = await import("@qsc/stream-reader");
  const ca = text(flags, "ca");
  const source = await openSource(settings.source, {
    stream: settings.stream,
    follow: command.follows?.(flags) ?? false,
    ...(ca === null ? {} : { ca }),
  });
  const quiet = flags["quiet"] === true;
  const { signal, io } = context;
  try {
    const session = { source, window, setting, flags, io, quiet, signal };
    const running = command.run(session).then((document) => deliver(document, settings.workdir, flags, context));
    return await unlessInterrupted(running, signal);
  } finally {
    await source.close();
  }
}

/** Prints the document and writes its report. Without its report a pass is no pass. */
async function deliver(
  document: QscDocument,
  workdir: string,
  flags: Flags,
  { io }: CliContext,
): Promise<ExitCode> {
  const { writeReport } = await import("@qsc/rollout");
  const json = flags["json"] === true;
  const quiet = flags["quiet"] === true;
  const written = await writeReport(document, workdir).catch((error: unknown) => asQscError(error));
  if (written instanceof QscError && document.exitCode !== EXIT.refused) throw written;
  const { toJson, toTerminal } = await import("@qsc/report");
  if (json) io.out(toJson(document));
  else if (!quiet) io.out(toTerminal(document, { color: io.color }));
  if (written instanceof QscError) io.err(`qsc: ${inertText(written.message)}\n`);
  else if (!quiet) (json ? io.err : io.out)(`report  ${inertText(written.markdown)}\n`);
  return document.exitCode;
}

/** Refuses an option that is given twice, or with nothing: neither says what is meant. */
function requireSingleValues(flags: Flags): void {
  for (const [name, value] of Object.entries(flags)) {
    if (name === "_") continue;
    if (Array.isArray(value)) {
      throw new QscError("usage", `--${name} is given ${value.length} times (${value.join(", ")}); give it once.`);
    }
    if (value === "") throw new QscError("usage", `--${name} is empty; give it a value or leave it out.`);
  }
}

function windowOf(flags: Flags): WindowRequest {
  const after = text(flags, "after");
  const asOf = text(flags, "as-of");
  return {
    afterMs: after === null ? null : parseTime(after, "--after").firstMs,
    asOf: asOf === null ? null : parseTime(asOf, "--as-of"),
    count: countOf(text(flags, "count")),
  };
}

function countOf(given: string | null): number | null {
  if (given === null) return null;
  const count = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new QscError("usage", `--count '${given}' is no count; write a whole number from 1 on, such as 2000.`);
  }
  return count;
}

function optional<K extends string>(name: K, flags: Flags): Partial<Record<K, string>> {
  const value = text(flags, name);
  return value === null ? {} : ({ [name]: value } as Record<K, string>);
}

async function policyFrom(path: string | null): Promise<{ policy: Policy; policySource: string }> {
  const { DEFAULT_POLICY, parsePolicy } = await import("@qsc/violations");
  if (path === null) return { policy: DEFAULT_POLICY, policySource: "built-in" };
  const content = await readOptionFile("Policy", path, "invalid_policy");
  return { policy: await parsePolicy(content, path), policySource: path };
}

/** The result, or an `interrupted` error as soon as the operator wants an end. */
async function unlessInterrupted<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  const interrupted = new Promise<never>((_resolve, reject) => {
    const stop = (): void => {
      reject(new QscError("interrupted", "Interrupted before there was a verdict: nothing is proven."));
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  return Promise.race([running, interrupted]);
}

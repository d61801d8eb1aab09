import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ActivateDocument, CanaryState, CutoverDocument, MonitorDocument, OperationDocument } from "@qsc/contract";
import type { CanaryHost, QscRun } from "@qsc-tooling/testkit";
import { expect } from "vitest";

/** The model that becomes the canary. */
export const MODEL = "patchtst";
/** Decisions that a canary gate needs. */
const ENOUGH = 200;

/** Exit code and document of a command that runs to its end and reports something. */
export async function ran<T extends OperationDocument>(
  running: Promise<QscRun>,
): Promise<T & { readonly code: number | null }> {
  const { code, out, err } = await running;
  if (out === "") throw new Error(`qsc printed no document: ${err}`);
  const document = JSON.parse(out) as T | ErrorDocument;
  if (document.kind === "error") throw new Error(`qsc printed an error: ${document.message}`);
  return { ...document, code };
}

/** What a command that cannot even begin prints. */
interface ErrorDocument {
  readonly kind: "error";
  readonly code: string;
  readonly message: string;
}

/** Exit code and error of a command that cannot even begin. */
export async function refusal(
  running: Promise<QscRun>,
): Promise<{ readonly exit: number | null; readonly code: string; readonly message: string }> {
  const { code: exit, out, err } = await running;
  if (out === "") throw new Error(`qsc printed no document: ${err}`);
  const { kind, code, message } = JSON.parse(out) as
    ErrorDocument | (OperationDocument & { code?: string; message?: string });
  expect(kind, out).toBe("error");
  return { exit, code: code ?? "", message: message ?? "" };
}

/** The unit's cutover, once the process has made enough decisions for a gate. */
export async function cutoverWithEnough(host: CanaryHost, enough = ENOUGH): Promise<string> {
  const { cutover, reasons } = await ran<CutoverDocument>(host.qsc("cutover"));
  if (cutover === null) throw new Error(`no cutover: ${reasons.join(" ")}`);
  await host.until(
    `${enough} decisions`,
    async () => (await host.client.xrange(host.stream, Date.parse(cutover), "+", "COUNT", enough)).length >= enough,
  );
  return cutover;
}

/** Activates the canary, which succeeds; answers the boot ID of the process that serves it. */
export async function activated(
  host: CanaryHost,
  ...options: readonly string[]
): Promise<{ readonly document: ActivateDocument; readonly bootId: string }> {
  const cutover = await cutoverWithEnough(host);
  const document = await ran<ActivateDocument>(
    host.qsc("activate", "--model", MODEL, "--cutover", cutover, ...options),
  );
  expect(document, "the activation").toMatchObject({ code: 0, reasons: [] });
  const { bootId, canary } = await host.newestDecision();
  expect(canary).toEqual({ model: MODEL, weight: 0.1 });
  return { document, bootId };
}

/** The state file; null if there is none. */
export async function stateOf(host: CanaryHost): Promise<CanaryState | null> {
  const text = await readFile(join(host.workdir, "data", "qsc_canary_state.json"), "utf8").catch(() => null);
  return text === null ? null : (JSON.parse(text) as CanaryState);
}

/** Resolves once a watch has judged, and this number of decisions was judged, with those of the activation. */
export async function watched(host: CanaryHost, events: number): Promise<void> {
  await host.until(`${events} judged decisions`, async () => {
    const { judgements = 0, events: judged = 0 } = (await stateOf(host))?.watch ?? {};
    return judgements > 0 && judged >= events;
  });
}

/**
 * The checks in a monitor's violations, in order, each once: one judgement may find the evidence conclusive and the
 * limit exceeded.
 */
export function checksOf({ violations }: MonitorDocument): readonly string[] {
  return [
    ...new Set(
      violations.map((violation) => violation.split(": ").at(violation.startsWith(`${MODEL}: `) ? 1 : 0) ?? ""),
    ),
  ];
}

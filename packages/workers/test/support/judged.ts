import { seededTelemetry, writeStream, type Draft } from "@qsc-tooling/testkit";
import type { GateDocument } from "@qsc/contract";
import { qualityGate, type GateRequest, type JudgementContext } from "@qsc/rollout/judging";
import { openSource } from "@qsc/stream-reader";
import { DEFAULT_POLICY } from "@qsc/violations";
import { spreadReaders, type GivenSource, type SpreadRequest } from "../../src/index.js";
import { STREAM, VERSION, type Place } from "./place.js";

const START = Date.UTC(2026, 0, 5, 9);
/** Decisions that `filled` writes. */
export const COUNT = 900;
const END = START + COUNT * 1000;
const ASKED: GateRequest = {
  afterMs: null,
  count: null,
  asOf: { firstMs: END, lastMs: END },
  mode: "canary",
  model: null,
};
const CONTEXT: JudgementContext = {
  policy: DEFAULT_POLICY,
  policySource: "built-in",
  unit: null,
  host: "test",
  toolVersion: VERSION,
  now: () => END,
};

/** Writes telemetry. */
export async function filled(
  there: Place,
  mutate?: (draft: Draft, index: number) => void,
  kind: { readonly seed: number; readonly version: 1 | 2 } = { seed: 7, version: 2 },
): Promise<void> {
  const { entries } = seededTelemetry({
    ...kind,
    count: COUNT,
    startMs: START,
    intervalMs: 1000,
    ...(mutate !== undefined && { mutate }),
  });
  await writeStream(there.telemetry.url, STREAM, entries);
}

/** The document of one process. */
export async function alone({ telemetry }: Place, given?: GivenSource): Promise<GateDocument> {
  const { url, options } = given ?? { url: telemetry.url, options: { stream: STREAM } };
  await using source = await openSource(url, options);
  return await qualityGate(source, ASKED, CONTEXT);
}

/** The document of a judgement whose five parts workers read. */
export async function spread(there: Place, changed: Partial<SpreadRequest> = {}): Promise<GateDocument> {
  const request: SpreadRequest = {
    queue: there.queue.url,
    source: { url: there.telemetry.url, options: { stream: STREAM } },
    version: VERSION,
    parts: 5,
    leastEntries: 0,
    signal: new AbortController().signal,
    ...changed,
  };
  await using opened = await openSource(request.source.url, request.source.options);
  await using readers = await spreadReaders(request);
  return await qualityGate(opened, { ...ASKED, readers }, CONTEXT);
}

import {
  describeRequiring,
  requireRedis,
  seededTelemetry,
  startRedis,
  temporaryDirectory,
  writeEventLog,
  writeStream,
  type Draft,
  type Entry,
} from "@qsc-tooling/testkit";
import { openSource, type EventSource } from "@qsc/stream-reader";
import fc from "fast-check";
import { expect, test } from "vitest";
import { qualityGate, type GateRequest } from "../../src/index.js";
import { ALL, judgementContext, sourceOf } from "../support.js";

const START = Date.UTC(2026, 0, 5, 9);

/** Two events of this kind are one decision with two contents: the one that is read first counts. */
function contradict(draft: Draft): void {
  draft.payload["decision_id"] = "the same";
}

/** What may be wrong with an event. */
const TROUBLES: readonly ((draft: Draft) => void)[] = [
  (draft) => {
    draft.fields["payload"] = "{";
  },
  (draft) => {
    draft.fields["event_type"] = "other";
  },
  (draft) => {
    delete draft.modelBreakdown["nhits"];
  },
  (draft) => {
    Object.assign(draft.modelBreakdown["xgboost"] ?? {}, { confidence: Number.NaN });
  },
  (draft) => {
    Object.assign(draft.modelBreakdown["lightgbm"] ?? {}, { action: "HODL" });
  },
  (draft) => {
    Object.assign(draft.modelBreakdown["patchtst"] ?? {}, { status: "inactive" });
  },
  contradict,
  (draft) => {
    draft.features["x"] = Number.POSITIVE_INFINITY;
  },
];

const streams = fc.record({
  seed: fc.integer({ min: 0, max: 1_000_000 }),
  version: fc.constantFrom(1 as const, 2 as const),
  count: fc.integer({ min: 150, max: 350 }),
  troubles: fc.array(fc.tuple(fc.nat(349), fc.nat(TROUBLES.length - 1)), { maxLength: 6 }),
  order: fc.array(fc.nat(), { minLength: 350, maxLength: 350 }),
  newest: fc.option(fc.integer({ min: 1, max: 400 })),
  cutover: fc.option(fc.integer({ min: 0, max: 350 })),
});

function entriesOf({
  seed,
  version,
  count,
  troubles,
}: {
  seed: number;
  version: 1 | 2;
  count: number;
  troubles: [number, number][];
}): Entry[] {
  const mutate = (draft: Draft, index: number): void => {
    for (const [at, kind] of troubles) if (at === index) TROUBLES[kind]?.(draft);
  };
  return seededTelemetry({ seed, version, count, startMs: START, intervalMs: 1000, mutate }).entries;
}

describeRequiring(requireRedis(), "the same telemetry in any source and any order of lines", () => {
  test("gives the same judgement", async () => {
    await using redis = await startRedis();
    await using directory = await temporaryDirectory();
    let round = 0;
    await fc.assert(
      fc.asyncProperty(streams, async (stream) => {
        round += 1;
        const entries = entriesOf(stream);
        const shuffled = entries
          .map((entry, index) => ({ entry, key: stream.order[index] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ entry }) => entry);
        const paths = [
          `${directory.path}/${round}.ndjson`,
          `${directory.path}/${round}.ndjson.gz`,
          `${directory.path}/${round}-shuffled.ndjson`,
        ];
        await writeEventLog(paths[0] ?? "", entries);
        await writeEventLog(paths[1] ?? "", entries);
        await writeEventLog(paths[2] ?? "", shuffled);
        await writeStream(redis.url, `stream:${round}`, entries);
        const sources: EventSource[] = [
          sourceOf(entries),
          await openSource(redis.url, { stream: `stream:${round}` }),
          ...(await Promise.all(paths.map((path) => openSource(`file:${path}`, {})))),
        ];
        const end = START + stream.count * 1000;
        const request: GateRequest = {
          ...ALL,
          mode: "canary",
          model: null,
          count: stream.newest,
          afterMs: stream.cutover === null ? null : START + stream.cutover * 1000,
          asOf: { firstMs: end, lastMs: end },
        };
        const judgements = [];
        for (const source of sources) {
          const { verdict, exitCode, counts, models, ensemble, firstId, lastId, deltas, integrity } = await qualityGate(
            source,
            request,
            judgementContext(end),
          );
          const statuses = integrity.map(({ id, status, value }) => [id, status, value]);
          const certain = { verdict, exitCode, counts, statuses: integrity.map(({ id, status }) => [id, status]) };
          judgements.push(
            contradictory(stream)
              ? certain
              : unplaced({ ...certain, statuses, models, ensemble, firstId, lastId, deltas }),
          );
          await source.close();
        }
        for (const other of judgements.slice(1)) expect(other).toEqual(judgements[0]);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});

/** Whether two orders of reading have only the verdict, a fail, in common. */
function contradictory({
  troubles,
  count,
}: {
  troubles: readonly (readonly [number, number])[];
  count: number;
}): boolean {
  const at = troubles.filter(([index, kind]) => index < count && TROUBLES[kind] === contradict).map(([index]) => index);
  return new Set(at).size > 1;
}

/** Without the places of samples: which of several is named first depends on the order of reading. */
function unplaced(judgement: object): unknown {
  return JSON.parse(JSON.stringify(judgement), (key, value: unknown) =>
    key === "sample" ? null : key === "reason" || key === "reasons" ? undefined : value,
  );
}

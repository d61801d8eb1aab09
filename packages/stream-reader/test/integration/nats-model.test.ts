import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { describeRequiring, requireNats } from "@qsc-tooling/testkit";
import { compareIds, firstIdAt, lastIdAt, MAX_ID, MIN_ID, type EntryId } from "@qsc/contract";
import { openSource } from "../../src/index.js";
import { ModelledNats, type NatsDeed } from "../support/modelled-nats.js";
import { within } from "../support/modelled-stream.js";
import { natsServer } from "../support/nats.js";

const tally = { lost: 0, sound: 0, quiet: 0 };

interface Reading {
  readonly kind: "whole" | "after" | "count" | "count-after" | "as-of";
  readonly at: number;
  readonly count: number;
}

/** Reads, and changes the stream after the first page. Everything lost must be reported, and nothing else. */
async function read(model: ModelledNats, url: string, reading: Reading, meanwhile: readonly NatsDeed[]): Promise<void> {
  const { kind, at } = reading;
  const range = {
    from: kind === "after" || kind === "count-after" ? firstIdAt(model.time(at)) : MIN_ID,
    to: kind === "as-of" ? lastIdAt(model.time(at)) : MAX_ID,
  };
  const count = kind === "count" || kind === "count-after" ? reading.count : null;
  const [added, present, { generation }] = [[...model.added], [...model.present], model];
  await using source = await openSource(url, { stream: model.name });
  const given: EntryId[] = [];
  let pages = 0;
  for await (const page of count === null ? source.pages(range) : source.pages(range, "newest-first", count)) {
    given.push(...page.flatMap(({ id }) => id ?? []));
    if (pages++ === 0) for (const deed of meanwhile) await model.do(deed);
  }
  const isSaid = source.gaps().length > 0;
  expect(new Set(given).size).toBe(given.length);
  given.sort(compareIds);
  const isFull = count !== null && given.length === count;
  const isOpen = range.from === MIN_ID;
  // With a count, an open range begins at the oldest entry given.
  const low = isFull || (count !== null && isOpen) ? (given[0] ?? range.to) : range.from;
  const judged = { from: low, to: range.to };
  const first = present[0];
  // In an open range, what was removed from the front before it was read does not count.
  const wanted = within(added, judged).filter((id) => !isOpen || (first !== undefined && compareIds(id, first) >= 0));
  const has = new Set(given);
  const lost = wanted.filter((id) => !has.has(id));
  if (lost.length > 0) {
    tally.lost += 1;
    expect(isSaid, `${lost.length} lost, ${lost[0] ?? ""} first, and no gap`).toBe(true);
  }
  if (model.generation !== generation) {
    // Another stream was there when reading ended, unless reading had ended before.
    if (pages > 0 && meanwhile.length > 0) expect(isSaid).toBe(true);
    return;
  }
  const kept = within(present, judged).filter((id) => model.present.includes(id));
  expect(
    kept.filter((id) => !has.has(id)),
    "entries that are there all the time are given",
  ).toEqual([]);
  const left = added.filter((id) => !model.present.includes(id));
  const before = model.present.findLast((id) => compareIds(id, range.from) <= 0);
  const bound =
    isFull || (isOpen && (count !== null || meanwhile.every(({ kind: one }) => one === "add"))) ? low : before;
  const isBehind = isOpen && !isFull ? first : bound;
  if (
    left.length === 0 ||
    (bound !== undefined && isBehind !== undefined && left.every((id) => compareIds(id, isBehind) < 0))
  ) {
    tally.sound += 1;
    if (left.length > 0) tally.quiet += 1;
    expect(isSaid, `nothing of the range was lost, from ${low} on`).toBe(false);
  }
}

const add = fc.record({ kind: fc.constant("add" as const), count: fc.integer({ min: 1, max: 130 }) });
const removal = fc.record({
  kind: fc.constantFrom("purge" as const, "delete" as const, "delete-last" as const),
  at: fc.nat(99),
});
const remake = fc.record({
  kind: fc.constant("remake" as const),
  later: fc.boolean(),
  count: fc.integer({ min: 1, max: 300 }),
});
const deed: fc.Arbitrary<NatsDeed> = fc.oneof(
  { weight: 5, arbitrary: add },
  { weight: 4, arbitrary: removal },
  { weight: 1, arbitrary: remake },
);
const reading: fc.Arbitrary<Reading> = fc.record({
  kind: fc.constantFrom("whole" as const, "after" as const, "count" as const, "count-after" as const, "as-of" as const),
  at: fc.nat(99),
  count: fc.integer({ min: 1, max: 300 }),
});
const step = fc.oneof(fc.record({ deed }), fc.record({ reading, meanwhile: fc.array(deed, { maxLength: 2 }) }));

describeRequiring(requireNats(), "a stream of JetStream", () => {
  test("whatever happens to it before and during reading: exactly the losses in the judged range are reported", async () => {
    const nats = await natsServer();
    const connection = await connect({ servers: `127.0.0.1:${nats.port}`, reconnect: false });
    onTestFinished(() => connection.close());
    const [manager, client] = [await jetstreamManager(connection), jetstream(connection)];
    let names = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 400 }), fc.array(step, { maxLength: 14 }), async (count, steps) => {
        const model = new ModelledNats(manager, client, `stream${names++}`);
        await model.make();
        await model.do({ kind: "add", count });
        for (const one of steps) {
          if ("deed" in one) await model.do(one.deed);
          else await read(model, nats.url, one.reading, one.meanwhile);
        }
        await manager.streams.delete(model.name);
      }),
      { numRuns: 50, seed: 19 },
    );
    expect(Math.min(tally.lost, tally.sound, tally.quiet)).toBeGreaterThan(5);
  });
});

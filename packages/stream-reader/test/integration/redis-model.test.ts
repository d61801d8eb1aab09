import fc from "fast-check";
import { expect, test } from "vitest";
import { compareIds, MIN_ID, type EntryId } from "@qsc/contract";
import { openSource, type IdRange } from "../../src/index.js";
import { asked, ModelledStream, within, type Deed, type Reading } from "../support/modelled-stream.js";
import { server, writer } from "../support/redis.js";

interface Real {
  readonly url: string;
  readonly restart: () => Promise<void>;
}
/** The model is the stream's history: every command changes both. */
type Command = fc.AsyncCommand<ModelledStream, Real>;

const tally = { lost: 0, said: 0, sound: 0, quiet: 0 };

/** A planned reading, and the stream when it began. */
interface Start {
  readonly range: IdRange;
  readonly count: number | null;
  readonly added: readonly EntryId[];
  readonly present: readonly EntryId[];
  readonly generation: number;
}

class Do implements Command {
  readonly deed: Deed;
  constructor(deed: Deed) {
    this.deed = deed;
  }
  check = (): boolean => true;
  run = (model: ModelledStream): Promise<void> => model.do(this.deed);
  toString = (): string => JSON.stringify(this.deed);
}

class Restart implements Command {
  check = (): boolean => true;
  run = (_: ModelledStream, real: Real): Promise<void> => real.restart();
  toString = (): string => "restart";
}

/** Reads, and changes the stream after the first page. Everything lost must be reported, and nothing else. */
class Read implements Command {
  readonly reading: Reading;
  readonly meanwhile: readonly Deed[];
  constructor(reading: Reading, meanwhile: readonly Deed[]) {
    this.reading = reading;
    this.meanwhile = meanwhile;
  }
  check = (model: ModelledStream): boolean => model.added.length > 0;
  toString = (): string => JSON.stringify({ read: this.reading, meanwhile: this.meanwhile });

  async run(model: ModelledStream, { url }: Real): Promise<void> {
    const start: Start = {
      ...asked(model, this.reading),
      added: [...model.added],
      present: [...model.present],
      generation: model.generation,
    };
    const { range, count } = start;
    const source = await openSource(url, { stream: model.key });
    try {
      const given: EntryId[] = [];
      let isFirst = true;
      for await (const page of count === null ? source.pages(range) : source.pages(range, "newest-first", count)) {
        given.push(...page.flatMap(({ id }) => id ?? []));
        if (isFirst) for (const deed of this.meanwhile) await model.do(deed);
        isFirst = false;
      }
      await source.state().catch(() => undefined);
      if (!isFirst || this.meanwhile.length === 0)
        this.#judge(model, start, given.sort(compareIds), source.gaps().length > 0);
    } finally {
      await source.close();
    }
  }

  #judge(model: ModelledStream, start: Start, given: EntryId[], isSaid: boolean): void {
    const { range, count } = start;
    const isFull = count !== null && given.length === count;
    const isOpen = range.from === MIN_ID;
    // With a count, an open range begins at the oldest entry given.
    const low = isFull || (count !== null && isOpen) ? (given[0] ?? range.to) : range.from;
    const judged = { from: low, to: range.to };
    const has = new Set(given);
    const left = start.added.filter((id) => !model.present.includes(id));
    const isRemade = model.generation !== start.generation;
    // In an open range, what was trimmed before it was read does not count.
    const wanted = isOpen
      ? [...within(start.present, judged), ...within(isRemade ? [] : model.deleted, judged)]
      : within(start.added, judged);
    const lost = wanted.filter((id) => !has.has(id) && start.added.includes(id));
    if (lost.length > 0) {
      tally.lost += 1;
      expect(isSaid, `${lost.length} lost, ${lost[0] ?? ""} first, and no gap`).toBe(true);
    }
    if (isRemade) return;
    const kept = within(start.present, judged).filter((id) => model.present.includes(id));
    expect(
      kept.filter((id) => !has.has(id)),
      "entries that are there all the time are given",
    ).toEqual([]);
    if (this.#mustBeQuiet(model, start, { low, isFull, left })) {
      tally.sound += 1;
      if (left.length > 0) tally.quiet += 1;
      expect(isSaid, `nothing of the range was lost, from ${low} on`).toBe(false);
    }
    if (isSaid) tally.said += 1;
  }

  /** Whether everything that ever left the stream was provably before the judged range. */
  #mustBeQuiet(
    model: ModelledStream,
    { range, count }: Start,
    { low, isFull, left }: { low: EntryId; isFull: boolean; left: readonly EntryId[] },
  ): boolean {
    const isOpen = range.from === MIN_ID;
    const isTrimmedOnly = model.deleted.size === 0;
    if (isOpen && !isFull)
      return isTrimmedOnly && (count !== null || this.meanwhile.every(({ kind }) => kind === "add"));
    const [first] = model.present;
    const reachesBack = left.length === 0 || isFull || (first !== undefined && compareIds(first, range.from) <= 0);
    return reachesBack && left.every((id) => compareIds(id, low) < 0);
  }
}

const add = fc.record({ kind: fc.constant("add" as const), count: fc.integer({ min: 1, max: 130 }) });
const trim = fc.record({
  kind: fc.constantFrom("exact" as const, "approximate" as const, "minid" as const),
  at: fc.nat(99),
});
const remove = fc.record({ kind: fc.constant("delete" as const), at: fc.nat(99) });
const remake = fc.record({
  kind: fc.constant("remake" as const),
  how: fc.constantFrom("del" as const, "rename" as const),
  later: fc.boolean(),
  count: fc.integer({ min: 1, max: 400 }),
});
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 5, arbitrary: add },
  { weight: 4, arbitrary: trim },
  { weight: 2, arbitrary: remove },
  { weight: 1, arbitrary: remake },
);
const reading = fc.record({
  kind: fc.constantFrom("whole" as const, "after" as const, "count" as const, "count-after" as const, "as-of" as const),
  at: fc.nat(99),
  count: fc.integer({ min: 1, max: 300 }),
});
const commands: fc.Arbitrary<Command>[] = [
  deed.map((one) => new Do(one)),
  fc.tuple(reading, fc.array(deed, { maxLength: 3 })).map(([what, meanwhile]) => new Read(what, meanwhile)),
  fc.tuple(reading, fc.array(trim, { maxLength: 2 })).map(([what, meanwhile]) => new Read(what, meanwhile)),
];

/** The seed is printed with a counterexample. */
async function hold(restarts: boolean, numRuns: number, seed: number): Promise<void> {
  const redis = await server({ persistent: restarts });
  const client = writer(redis);
  let keys = 0;
  const all = restarts ? [...commands, fc.constant(new Restart())] : commands;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 400 }),
      fc.commands(all, { maxCommands: 20, size: "max" }),
      async (count, run) => {
        const model = new ModelledStream(client, `stream:${keys++}`);
        await model.do({ kind: "add", count });
        const restart = async (): Promise<void> => {
          await redis.restart();
          await client.ping().catch(() => client.ping());
        };
        await fc.asyncModelRun(() => ({ model, real: { url: redis.url, restart } }), run);
      },
    ),
    { numRuns, seed },
  );
}

test("whatever happens to a stream before and during reading: exactly the losses in the judged range are reported", async () => {
  await hold(false, 150, 19);
  expect(Math.min(tally.lost, tally.said, tally.sound, tally.quiet)).toBeGreaterThan(30);
});

test("the same over restarts of the server", async () => {
  await hold(true, 6, 5);
});

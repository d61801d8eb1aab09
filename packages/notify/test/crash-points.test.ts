import { describe, expect, test } from "vitest";
import { grows, live, rotates, tears, type Story } from "./support/crash-story.js";
import { Chain } from "./support/audit.js";
import { Life, ModelHost } from "./support/model-host.js";

const STORIES: readonly Story[] = [
  { name: "the log grows", refusals: 0, between: [grows, grows, grows] },
  { name: "the receiver refuses at first", refusals: 2, between: [grows, grows] },
  { name: "the log is rotated", refusals: 0, between: [rotates, rotates, grows] },
  { name: "a command dies while it writes a line", refusals: 0, between: [grows, tears, grows] },
];

/** The step at which a life ends; Infinity: it is not killed. */
type Ends = readonly number[];

interface Told {
  /** Keys of the entries that were logged since a notifier was first ready. */
  readonly promised: readonly string[];
  readonly arrived: readonly string[];
  /** How many steps each life took. */
  readonly steps: readonly number[];
  readonly kills: number;
}

/** Plays a story with one life after another; the last one is never killed. */
async function play(story: Story, ends: Ends, isPowerCut: boolean): Promise<Told> {
  const host = new ModelHost();
  const chain = new Chain();
  const promised: string[] = [];
  const steps: number[] = [];
  const ready = { isReady: false };
  let kills = 0;
  for (const [index, happens] of [() => [], ...story.between, () => []].entries()) {
    const logged = happens(host, chain);
    if (ready.isReady) promised.push(...logged.map(({ hash }) => hash));
    const life = new Life(ends[index] ?? Number.POSITIVE_INFINITY);
    const ended = await live(host, life, story, () => (ready.isReady = true));
    steps.push(life.steps);
    if (ended === "quiet") continue;
    kills += 1;
    if (isPowerCut) host.cutPower();
  }
  return { promised, arrived: host.arrived, steps, kills };
}

function expectNothingLost({ promised, arrived, kills }: Told, moment: string): void {
  const firsts = [...new Set(arrived)];
  const wanted = new Set(promised);
  expect(
    firsts.filter((key) => wanted.has(key)),
    `${moment}: each entry arrives, in order`,
  ).toEqual(promised);
  expect(arrived.length - firsts.length, `${moment}: a kill repeats at most one message`).toBeLessThanOrEqual(kills);
}

describe.each(STORIES)("$name", (story) => {
  test.each([
    ["killed", false],
    ["without power", true],
  ])("nothing is lost wherever a notifier is %s, and nothing comes out of order", async (_how, isPowerCut) => {
    const undisturbed = await play(story, [], isPowerCut);
    expect(undisturbed.promised.length).toBeGreaterThan(2);
    expectNothingLost(undisturbed, "undisturbed");
    expect(undisturbed.kills).toBe(0);
    let moments = 0;
    for (const [life, steps] of undisturbed.steps.entries()) {
      for (let step = 1; step <= steps; step += 1) {
        const ends = undisturbed.steps.map((_, index) => (index === life ? step : Number.POSITIVE_INFINITY));
        const told = await play(story, ends, isPowerCut);
        expect(told.kills).toBe(1);
        expectNothingLost(told, `life ${life}, step ${step}`);
        moments += 1;
      }
    }
    expect(moments).toBeGreaterThan(100);
  });

  test("nothing is lost if the next notifier is killed, too", async () => {
    const { steps } = await play(story, [], true);
    for (let first = 1; first <= (steps[1] ?? 0); first += 1) {
      // The second life has the rest of the first one's work, too.
      for (let second = 1; second <= (steps[1] ?? 0) + (steps[2] ?? 0); second += 7) {
        const told = await play(story, [Number.POSITIVE_INFINITY, first, second], true);
        expectNothingLost(told, `steps ${first} and ${second}`);
      }
    }
  });
});

test("a message that is lost is found: the same story with a receiver that forgets one", async () => {
  const [story] = STORIES;
  const told = await play(story!, [], false);
  expect(() => expectNothingLost({ ...told, arrived: told.arrived.slice(1) }, "planted")).toThrow("in order");
  expect(() => expectNothingLost({ ...told, arrived: told.arrived.toReversed() }, "planted")).toThrow("in order");
});

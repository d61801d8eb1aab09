import { appendFile, copyFile, rename, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { compareIds, type EntryId, type MonitorDocument } from "@qsc/contract";
import { openSource, type EventSource, type SourceItem } from "@qsc/stream-reader";
import { describe, expect, onTestFinished, test } from "vitest";
import type { OperationContext } from "../../src/operation/context.js";
import { Process } from "./model/process.js";
import { canaryMachine, watchWith } from "./model/scenarios.js";

/** A log of the machine's decisions, and how far its readers have come. */
interface Log {
  readonly path: string;
  written: number;
  /** Reads that are under way: the machine's time stands still meanwhile. */
  busy: number;
  /** The newest entry that a follower has delivered; null before the first follower. */
  given: EntryId | null;
}

/** The source of a log, which notes what is read from it. */
async function noted(log: Log): Promise<EventSource> {
  const busily = async <T>(reading: Promise<T>): Promise<T> => {
    log.busy += 1;
    return reading.finally(() => {
      log.busy -= 1;
    });
  };
  const source = await busily(openSource(log.path, { follow: true }));
  const note = async function* (
    pages: AsyncIterable<readonly SourceItem[]>,
    release: () => void,
  ): AsyncGenerator<readonly SourceItem[]> {
    try {
      for await (const page of pages) {
        log.given = page.at(-1)?.id ?? log.given;
        yield page;
      }
    } finally {
      release();
      log.given = null;
    }
  };
  return {
    label: source.label,
    stream: null,
    ordering: source.ordering,
    live: true,
    state: () => busily(source.state()),
    pages: async function* (range) {
      const found: (readonly SourceItem[])[] = [];
      await busily(
        (async () => {
          for await (const page of source.pages(range)) found.push(page);
        })(),
      );
      yield* found;
    },
    follow: (after, options) => {
      log.given = after;
      // Until it has caught up, in real time, the machine's stands still: more of it than a lease lasts could pass meanwhile.
      log.busy += 1;
      let isHeld = true;
      const release = (): void => {
        if (isHeld) log.busy -= 1;
        isHeld = false;
      };
      const onCaughtUp = (): void => {
        options.onCaughtUp?.();
        release();
      };
      return note(source.follow(after, { ...options, onCaughtUp }), release);
    },
    gaps: () => source.gaps(),
    close: () => source.close(),
    [Symbol.asyncDispose]: () => source.close(),
  };
}

const line = (item: SourceItem): string => {
  if (item.kind === "rejected") throw new Error("the engine writes entries");
  return `${JSON.stringify([item.id, item.fields])}\n`;
};

/** Watches a canary whose engine publishes to a log, and lets `happens` act on the log between decisions. */
async function watched(happens: (path: string, times: number) => Promise<void>): Promise<MonitorDocument> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const machine = await canaryMachine();
  const path = join(directory.path, "journal.ndjson");
  const log: Log = { path, written: machine.entries.length, busy: 0, given: null };
  await writeFile(path, machine.entries.map(line).join(""));
  const { effects, context } = new Process(machine, {
    plant: (given: OperationContext) => ({ ...given, openSource: () => noted(log) }),
  });
  const ended = { yes: false };
  let times = 0;
  const watching = watchWith(context, { durationMs: 60_000 });
  void watching
    .finally(() => {
      ended.yes = true;
    })
    .catch(() => undefined);
  while (!ended.yes) {
    await wait(1);
    const newest = machine.entries.at(-1)?.id ?? null;
    if (log.busy > 0 || (log.given !== null && newest !== null && compareIds(log.given, newest) < 0)) continue;
    machine.advance();
    const fresh = machine.entries.slice(log.written);
    log.written += fresh.length;
    if (log.given !== null && fresh.length > 0 && log.written % 7 === 0) await happens(path, ++times);
    await appendFile(path, fresh.map(line).join(""));
  }
  effects.kill();
  return watching;
}

describe("a watch over an event log", () => {
  test("stays healthy, and sees every decision, when the log is rotated by rename again and again", async () => {
    const document = await watched(async (path, times) => {
      await rename(path, `${path}-${20260105 + times}`);
      await writeFile(path, "");
    });
    expect(document).toMatchObject({ outcome: "eligible", exitCode: 0, violations: [] });
    expect(document.watch?.events).toBeGreaterThan(20);
  });

  test("rolls the canary back when the log is copied and truncated: what was written in between is lost", async () => {
    const document = await watched(async (path) => {
      await copyFile(path, `${path}.1`);
      await truncate(path, 0);
    });
    expect(document).toMatchObject({ outcome: "rolled_back", exitCode: 2 });
    expect(document.violations.join("\n")).toMatch(/stream_gap: .*truncated/);
  });
});

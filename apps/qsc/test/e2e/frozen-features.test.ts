import type { SanityDocument } from "@qsc/contract";
import { describeRequiring, requireRedis, seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { sourcePair } from "./support/both-sources.js";
import { judgedAlike } from "./support/judged-alike.js";

const COUNT = 1000;

/** Features that move, and of which the newest are given by `change`. */
const telemetry = (version: 1 | 2, newest: number, change: (draft: Draft, index: number) => void) =>
  seededTelemetry({
    seed: 31,
    version,
    count: COUNT,
    intervalMs: 5000,
    mutate: (draft, index) => {
      if (index >= COUNT - newest) change(draft, index);
    },
  }).entries;

const freeze = ({ features }: Draft): void => {
  for (const name of Object.keys(features)) features[name] = 0.25;
};

describeRequiring(requireRedis(), "features that moved and have stopped, as an event log and in a real Redis", () => {
  const sources = sourcePair();
  const sanity = (entries: ReturnType<typeof telemetry>) =>
    judgedAlike<SanityDocument>(sources, entries, ["feature-sanity"]);

  test.each([1, 2] as const)("are refused if none has moved in 200 decisions, version %i", async (version) => {
    const { code, reasons } = await sanity(telemetry(version, 200, freeze));
    expect([code, reasons.join()]).toEqual([
      2,
      expect.stringContaining("no feature has moved in the newest 200 events: the feed is stuck"),
    ]);
  });

  test("are a warning if the newest of them are few", async () => {
    const { code, warnings } = await sanity(telemetry(2, 60, freeze));
    expect([code, warnings.join()]).toEqual([0, expect.stringContaining("100 % of the newest 50 vectors")]);
  });

  test("pass if one of them still moves", async () => {
    const { code } = await sanity(
      telemetry(2, 200, (draft, index) => {
        const { rsi_14: moving } = draft.features;
        freeze(draft);
        draft.features["rsi_14"] = Number(moving) + index * 1e-7;
      }),
    );
    expect(code).toBe(0);
  });
});

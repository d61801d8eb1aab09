import { describe, expect, test } from "vitest";
import { TROUBLES } from "./actors/trouble.js";
import { recordLife } from "./model/record-life.js";
import { restarted } from "./model/restarts.js";
import { canaryMachine } from "./model/scenarios.js";
import { tell } from "./model/tell.js";

/** More effects than a watch has in the observed time. */
const EFFECTS = 60;

describe.for(TROUBLES)("a watch that is killed and restarted, with telemetry that $name", (trouble) => {
  test.for([1, 2, 5, Infinity])("%s times, at each of its effects", async (times, { task }) => {
    const prepared = await canaryMachine();
    const broken: string[] = [];
    let [points, longestMs] = [0, 0];
    for (let effect = 0; effect < EFFECTS; effect += 1) {
      const found = await restarted(prepared.clone(), trouble, { effect, afterMs: Infinity, pauseMs: 2000, times });
      points += 1;
      longestMs = Math.max(longestMs, found.longestMs);
      broken.push(...found.broken.map((problem) => `effect ${effect}, killed ${found.kills} times: ${problem}`));
    }
    tell(`telemetry ${trouble.name}, killed ${times} times`, { points, broken, longestMs });
    expect(broken).toEqual([]);
    recordLife(task, longestMs);
  });

  test.for([1, 10, 20, 29, 30, 40, 44])("every %s s", async (seconds, { task }) => {
    for (const pauseMs of [0, 2000]) {
      const { broken, longestMs } = await restarted(await canaryMachine(), trouble, {
        effect: null,
        afterMs: seconds * 1000,
        pauseMs,
        times: Infinity,
      });
      tell(`telemetry ${trouble.name}, killed every ${seconds} s, again after ${pauseMs} ms`, {
        points: 1,
        broken,
        longestMs,
      });
      expect(broken).toEqual([]);
      recordLife(task, longestMs);
    }
  });
});

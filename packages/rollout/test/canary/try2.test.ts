import { test } from "vitest";
import { Process } from "./model/process.js";
import { run } from "./model/run.js";
import * as S from "./model/scenarios.js";
test("watch", async () => {
  const m = await S.canaryMachine();
  const o = await run(m, new Process(m), (w) => S.watch(w));
  console.log(JSON.stringify(o, null, 1).slice(0, 1500));
});

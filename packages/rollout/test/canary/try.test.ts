import { test } from "vitest";
import { enumerate } from "./model/enumerate.js";
import * as S from "./model/scenarios.js";
for (const s of [S.ACTIVATE, S.ROLLBACK, S.PROMOTE, S.WATCH_TO_ELIGIBLE, S.WATCH_TO_VIOLATION, S.WATCH_TO_PROMOTED])
test(s.name, async () => {
  const t = performance.now();
  const e = await enumerate(s);
  console.log(s.name, e.points, Object.fromEntries(e.byKind), e.broken.length, performance.now() - t);
  const groups = new Map<string, string[]>();
  for (const b of e.broken) { const i = b.indexOf(": "); const k = b.slice(i + 2); groups.set(k, [...(groups.get(k) ?? []), b.slice(0, i)]); }
  for (const [k, v] of groups) console.log("  ", k, v.length, v.slice(0, 4));
}, 300000);

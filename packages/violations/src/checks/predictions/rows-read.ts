import type { CheckResult } from "@qsc/contract";
import { isAbove } from "@qsc/stats";
import { describeFaults, result } from "../result.js";
import { sayAgainst } from "../words.js";
import { profileLimitOf } from "../../policy/limit-of.js";
import type { Tally } from "../../prediction-judge/tally.js";

/** Whether the rows could be read: each one that could not is the worst for every other check. */
export function rejectedRows({ rejected, rows, profile }: Tally): CheckResult {
  const limit = profileLimitOf(profile, "rejected_rows.share");
  const share = rows === 0 ? null : rejected.total / rows;
  if (share === null)
    return result("rejected_rows", "unknown", { value: null, limit, n: rows, reason: "there are no rows" });
  const said = sayAgainst(share, limit, "percent");
  const kinds = rejected.total === 0 ? "" : `: ${describeFaults(rejected.list())}`;
  const reason = `${said.value} of ${rows} rows could not be read; at most ${said.limit} is allowed${kinds}`;
  return result("rejected_rows", isAbove(share, limit) ? "violation" : "pass", {
    value: share,
    limit,
    n: rows,
    reason,
  });
}

/** Whether the predictions came in the order of their times; nothing where they have none. */
export function unsortedRows({ disordered, newestMs, answered }: Tally): readonly CheckResult[] {
  if (newestMs === null) return [];
  const facts = { value: disordered, limit: 0, n: answered };
  if (disordered === 0)
    return [result("unsorted_rows", "pass", { ...facts, reason: "the predictions are in the order of their times" })];
  const some = disordered === 1 ? "1 prediction is" : `${disordered} predictions are`;
  const reason = `${some} older than the one before, so that the newest are not known; sort them by time`;
  return [result("unsorted_rows", "unknown", { ...facts, reason })];
}

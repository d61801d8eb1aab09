import type { CheckResult, ModelSegments } from "@qsc/contract";
import { MOST_SEGMENTS } from "../../segments/budget.js";
import { describeDead, listed } from "../../segments/words.js";
import { result } from "../result.js";

/**
 * Whether the model is dead for a symbol, where the policy lets symbols decide. A symbol with too few decisions is
 * neither good nor bad; unknown is what no test has seen: decisions without a symbol, symbols beyond the first 256, what
 * an entry that could not be read may hide, and a model of which no symbol has enough decisions.
 */
export function segmentCollapse(segments: ModelSegments): CheckResult {
  const { rows } = segments;
  const dead = rows.filter(({ status }) => status === "violation");
  const tested = rows.filter(({ open }) => open !== "too few decisions").length;
  const facts = { value: dead.length, limit: 0, n: tested };
  if (dead.length > 0)
    return result("segment_collapse", "violation", {
      ...facts,
      reason: `the model is dead for ${listed(dead, describeDead)}`,
    });
  const unseen = unseenOf(segments, tested);
  if (unseen.length > 0) return result("segment_collapse", "unknown", { ...facts, reason: unseen.join("; ") });
  const few = rows.length - tested;
  const rest = few === 0 ? "" : `; ${few} ${few === 1 ? "symbol has" : "symbols have"} too few decisions to tell`;
  const symbols = tested === 1 ? "the symbol" : `any of ${tested} symbols`;
  return result("segment_collapse", "pass", { ...facts, reason: `the model is not dead for ${symbols}${rest}` });
}

/** Why the check is unknown, worst first; empty if it is not. */
function unseenOf({ rows, needed, withoutSymbol, further }: ModelSegments, tested: number): readonly string[] {
  const hidden = rows.filter(({ open }) => open === "unread entries");
  return [
    ...(hidden.length === 0
      ? []
      : [
          `entries that could not be read may hide that the model is dead for ${listed(hidden, ({ symbol }) => symbol)}`,
        ]),
    ...(withoutSymbol === 0 ? [] : [`decisions that name no symbol: ${withoutSymbol}`]),
    ...(further === 0
      ? []
      : [`decisions of symbols beyond the first ${MOST_SEGMENTS}, which are not tested: ${further}`]),
    ...(tested > 0 || rows.length === 0
      ? []
      : [
          `no symbol has enough decisions: one frozen answer shows after ${needed ?? "more than 10000"} decisions of it`,
        ]),
    ...(rows.length === 0 && withoutSymbol === 0 ? ["there is no decision of any symbol"] : []),
  ];
}

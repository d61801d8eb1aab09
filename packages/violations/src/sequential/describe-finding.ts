import { rules, type EvidenceFinding } from "@qsc/contract";

const { anyText, count, finite, nullable, optional, ruleOf, shaped } = rules;

const findingRule = shaped({
  model: anyText,
  check: anyText,
  symbol: optional(nullable(anyText)),
  log10: ruleOf((log) => typeof log === "number", "a number"),
  threshold: finite,
  n: count,
  since: nullable(count),
});

/** A finding as one sentence, for a report. */
export function describeFinding(finding: EvidenceFinding): string {
  findingRule(finding, "finding");
  const { model, check, symbol = null, log10, threshold, n, since } = finding;
  const needed = `10^${threshold.toFixed(1)} is conclusive`;
  const found =
    since === null
      ? `evidence is 10^${log10.toFixed(1)} after ${n} answers`
      : `a violation is proven since answer ${since}; evidence is 10^${log10.toFixed(1)} after ${n}`;
  const about = symbol === null ? check : `${check}: ${symbol}`;
  return `${model}: ${about}: ${found}; ${needed}`;
}

import { describeDuration, type PastCanary } from "@qsc/contract";
import type { Block, Tone } from "../blocks.js";
import { plain } from "./shared.js";

const TONES: Readonly<Record<PastCanary["outcome"], Tone>> = {
  canary: "unknown",
  eligible: "unknown",
  promoted: "good",
  rolled_back: "plain",
  rollback_failed: "bad",
  unknown: "unknown",
};

/** A row for each canary: when and by whom, how far, how it ended, why, and the report of that. */
export function canaryTable(canaries: readonly PastCanary[]): readonly Block[] {
  if (canaries.length === 0) return [];
  const rows = canaries.map(({ model, activatedAt, user, host, share, watchedMs, outcome, at, reason, report }) => [
    plain(model),
    plain(activatedAt),
    plain(`${user} on ${host}`),
    plain(share === null ? "-" : `${Math.round(share * 100)} %`),
    plain(watchedMs === null ? "-" : describeDuration(Math.round(watchedMs / 1000) * 1000)),
    { text: outcome.replace("_", " "), tone: TONES[outcome] },
    plain(at),
    plain(reason ?? "-"),
    plain(report ?? "-"),
  ]);
  const head = ["model", "activated", "by", "share", "watched", "outcome", "at", "why", "report"];
  return [{ kind: "table", title: "Canaries", head, rows }];
}

import { NO_DECISION } from "@qsc/contract";
import type { Ensemble } from "@qsc/fail-closed";
import type { EntryId } from "@qsc/contract";
import type { Feed, FeedItem, FeedRow } from "./feed/port.js";
import type { Decided } from "./intents/intent.js";
import type { Publisher } from "./intents/publisher.js";
import type { Log } from "./observe/log.js";
import type { Metrics } from "./observe/metrics.js";
import type { TradingLimits } from "./trading-limits.js";

/** What an engine is put together from. */
export interface EngineParts {
  readonly feed: Feed;
  readonly ensemble: Ensemble;
  readonly limits: TradingLimits;
  readonly publisher: Publisher;
  readonly write: (decided: Decided) => readonly string[];
  /** The ID of an entry at a time: above every one before. */
  readonly nextId: (timeMs: number) => EntryId;
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Serves: every row that can be read becomes one decision, and every decision is published, until the feed or the signal ends it. */
export async function serve(parts: EngineParts, signal: AbortSignal): Promise<number> {
  const { feed, publisher } = parts;
  await warmUp(parts, signal);
  let decisions = 0;
  for await (const page of feed.rows(signal)) {
    for (const item of page) {
      if (signal.aborted) return decisions;
      if (item.kind === "rejected") {
        refuse(item, parts);
        continue;
      }
      decisions += 1;
      await decide(item, decisions, parts);
      if (!feed.live) await publisher.room();
    }
  }
  return decisions;
}

async function warmUp({ feed, ensemble, log }: EngineParts, signal: AbortSignal): Promise<void> {
  const perSymbol = Math.max(...ensemble.models.map(({ rows }) => rows - 1));
  const rows = await feed.warmUp(perSymbol, signal);
  for (const row of rows) ensemble.remember(row);
  log.json.info({ feed: feed.label, rows: rows.length }, "histories warmed up");
}

function refuse(item: Exclude<FeedItem, FeedRow>, { log, metrics }: EngineParts): void {
  const { reason, place, detail } = item;
  metrics.rejectedFeatures.inc({ reason });
  log.json.warn({ reason, place, detail }, "a row of features cannot be read");
}

async function decide(row: FeedRow, number: number, parts: EngineParts): Promise<void> {
  const { ensemble, limits, publisher, write, nextId, now, metrics } = parts;
  const { predictions, decision } = await ensemble.decide(row);
  const timeMs = now();
  const trade = limits.judge(row.symbol, decision);
  publisher.offer({ id: nextId(timeMs), fields: write({ number, timeMs, row, predictions, decision, trade }) });
  metrics.decisions.inc({ side: decision.kind === "decision" ? decision.action : NO_DECISION });
  if (trade.withheld !== null) metrics.withheld.inc({ reason: trade.withheld });
  metrics.feedLag.set(Math.max(0, timeMs - row.timeMs) / 1000);
  metrics.buffered.set(publisher.buffered);
}

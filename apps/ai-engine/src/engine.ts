import { NO_DECISION } from "@qsc/contract";
import type { Ensemble } from "@qsc/fail-closed";
import type { EntryId } from "@qsc/contract";
import type { Admission, Refusal } from "./feed/admission.js";
import type { Feed, FeedItem, FeedRow } from "./feed/port.js";
import type { Decided } from "./intents/intent.js";
import type { Publisher } from "./intents/publisher.js";
import type { Log } from "./observe/log.js";
import type { Metrics } from "./observe/metrics.js";
import type { RowTally } from "./observe/row-tally.js";
import { isUsable } from "./observe/usable.js";
import type { TradingLimits } from "./trading-limits.js";
import { until } from "./until.js";

/** The parts of an engine. */
export interface EngineParts {
  readonly feed: Feed;
  readonly admission: Admission;
  readonly rows: RowTally;
  readonly ensemble: Ensemble;
  /** The models without a vote. */
  readonly shadows: ReadonlySet<string>;
  readonly limits: TradingLimits;
  readonly publisher: Publisher;
  readonly write: (decided: Decided) => readonly string[];
  /** Makes an entry ID from a time, larger than every ID before. */
  readonly nextId: (timeMs: number) => EntryId;
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The signals that end an engine. */
export interface Ending {
  /** Stop deciding on further rows. */
  readonly stop: AbortSignal;
  /** Stop waiting for anything. */
  readonly giveUp: AbortSignal;
}

/**
 * Serves: every readable and fresh row becomes one decision, and every decision is published, until the feed or the
 * signal ends it.
 */
export async function serve(parts: EngineParts, ending: Ending): Promise<number> {
  const { feed, publisher } = parts;
  const { stop } = ending;
  let decisions = 0;
  for await (const page of feed.rows(stop)) {
    for (const item of page) {
      if (stop.aborted) return decisions;
      if (item.kind === "rejected") {
        tellUnreadable(item, parts);
        continue;
      }
      // Checked when a row's turn comes: the rows before it may have taken long.
      const refusal = parts.admission.refusal(item);
      if (refusal !== null) {
        refuse(item, refusal, parts);
        continue;
      }
      if (!(await decide(item, decisions + 1, parts, ending))) return decisions;
      decisions += 1;
      if (!feed.live) await publisher.room(stop);
    }
  }
  return decisions;
}

/** Gives the models the histories that the feed has. Call it before `serve`. */
export async function warmUp(
  { feed, admission, ensemble, log }: Pick<EngineParts, "feed" | "admission" | "ensemble" | "log">,
  signal: AbortSignal,
): Promise<void> {
  // The feed's interval needs two rows of a symbol.
  const perSymbol = Math.max(2, ...ensemble.models.map(({ rows }) => rows - 1));
  const { rows, until: before } = await feed.warmUp(perSymbol, signal);
  const known = rows.filter((row) => admission.know(row));
  admission.startAfter(before);
  for (const row of known) ensemble.remember(row);
  log.json.info({ feed: feed.label, rows: known.length }, "histories warmed up");
}

function tellUnreadable(item: Exclude<FeedItem, FeedRow>, { rows, log, metrics }: EngineParts): void {
  const { reason, place, detail } = item;
  rows.unreadable();
  metrics.unusableFeatures.inc();
  metrics.rejectedFeatures.inc({ reason });
  log.sparing.tell(`rejected ${reason}`, (times) => {
    log.json.warn({ reason, place, detail, times }, "cannot read a row of features");
  });
}

/**
 * A refused row is not part of any decision. If it was its symbol's next row, the symbol's history begins again after
 * it.
 */
function refuse({ symbol }: FeedRow, refusal: Refusal, { ensemble, rows, log, metrics }: EngineParts): void {
  const { reason, detail, leavesHole } = refusal;
  rows.refused(refusal);
  metrics.refusedFeatures.inc({ reason });
  // An empty row, which no model can use.
  if (leavesHole) ensemble.remember({ symbol, features: {} });
  log.sparing.tell(`refused ${reason}`, (times) => {
    log.json.warn({ reason, symbol, detail, times }, "a row of features was refused");
  });
}

/** @returns whether there is a decision; false if the engine gave up before its models had answered */
async function decide(row: FeedRow, number: number, parts: EngineParts, { giveUp }: Ending): Promise<boolean> {
  const { ensemble, shadows, rows, limits, publisher, write, nextId, now, log, metrics } = parts;
  const answered = await until(ensemble.decide(row), giveUp);
  if (answered === null) {
    metrics.dropped.inc();
    log.json.error({ symbol: row.symbol }, "the models did not answer in time: a row that was read has no decision");
    return false;
  }
  const { predictions, decision } = answered;
  const usable = isUsable(predictions.filter(({ model }) => !shadows.has(model)));
  rows.decided(usable);
  if (!usable) metrics.unusableFeatures.inc();
  const timeMs = now();
  const trade = limits.judge(row.symbol, decision);
  publisher.offer({ id: nextId(timeMs), fields: write({ number, timeMs, row, predictions, decision, trade }) });
  metrics.decisions.inc({ side: decision.kind === "decision" ? decision.action : NO_DECISION });
  if (trade.withheld !== null) metrics.withheld.inc({ reason: trade.withheld });
  metrics.feedLag.set(Math.max(0, timeMs - row.timeMs) / 1000);
  metrics.buffered.set(publisher.buffered);
  return true;
}

import { asQscError, engineLine, type QscError } from "@qsc/contract";
import { createEnsemble, type Ensemble, type Runtime } from "@qsc/fail-closed";
import { entryIds, openSink, type EventSink } from "@qsc/stream-reader/sink";
import { randomUUID } from "node:crypto";
import { serve, warmUp, type Ending } from "./engine.js";
import { Admission } from "./feed/admission.js";
import { openFeed } from "./feed/open-feed.js";
import type { Feed } from "./feed/port.js";
import { intentWriter, type EngineFacts } from "./intents/intent.js";
import { newestId } from "./intents/newest-id.js";
import { Publisher } from "./intents/publisher.js";
import { loadModels } from "./load-models.js";
import type { Log } from "./observe/log.js";
import { FeedGaps } from "./observe/feed-gaps.js";
import { FutureIds } from "./observe/future-ids.js";
import { healthOf } from "./observe/health.js";
import { isolated, type Report } from "./observe/isolated.js";
import { Metrics } from "./observe/metrics.js";
import { modelEvents } from "./observe/model-events.js";
import { OutageLog } from "./observe/outage-log.js";
import { observePublisher } from "./observe/publisher-events.js";
import { RowTally } from "./observe/row-tally.js";
import { serveObservations, type Exposition } from "./observe/server.js";
import { tlsFor, type Settings } from "./settings/settings.js";
import { TradingLimits } from "./trading-limits.js";
import { until } from "./until.js";

/** How long to wait for a sink to close, in milliseconds. */
const CLOSE_MS = 500;

/** How often the engine checks what causes no event: a hung write, lost rows. */
const LOOK_MS = 1000;

/** A feed that is given up has this many milliseconds to report its last errors. */
const LAST_WORDS_MS = 100;

/** What the log says while the feed cannot be read. */
const FEED_WORDS = {
  begins: "features cannot be read",
  lasts: "features still cannot be read",
  ends: "features can be read again",
};

/** The signals and hooks from the process to a running engine. */
export interface Control extends Ending {
  /** Called with the function that reloads the models. */
  readonly onReload: (reload: () => void) => void;
}

/**
 * Runs the engine until its feed ends or it is stopped. Overdue calls of the runtime may still be running then.
 * @throws QscError if it cannot start, or its feed can no longer be read.
 */
export async function runEngine(settings: Settings, log: Log, runtime: Runtime, control: Control): Promise<void> {
  const facts = factsOf(settings);
  const metrics = new Metrics();
  const report = reporter(log, metrics);
  announce(facts, settings, log, metrics);
  const sink = await openSink(settings.intentSink, sinkOptions(settings));
  if (sink.repaired !== null)
    log.json.warn(sink.repaired, "the event log's last line was torn and has been moved to a file of its own");
  const models = await loadModels(settings, runtime, isolated("model events", modelEvents(log, metrics), report));
  const ensemble = createEnsemble({ models, weights: settings.weights, quorum: settings.quorum });
  for (const { name, state } of models) metrics.active.set({ model: name }, state.status === "active" ? 1 : 0);
  const futureIds = new FutureIds({ sink, log, now: Date.now });
  const published = { sink, futureIds, buffered: () => publisher.buffered };
  const { events, outage: intents, look } = observePublisher(log, metrics, published);
  const capacity = settings.intentBuffer;
  const publisher: Publisher = new Publisher(sink, { capacity, ...events, onListenerError: report });
  const running: Running = {
    facts,
    sink,
    ensemble,
    publisher,
    intents,
    futureIds,
    log,
    metrics,
    report,
    features: new OutageLog(log.json, FEED_WORDS),
    rows: new RowTally(() => performance.now()),
    admission: new Admission({ maxAgeMs: maxAgeOf(settings), now: Date.now }),
    gaps: new FeedGaps(log, metrics),
    feed: null,
    isFed: false,
  };
  const server = await serveObservations(settings.healthHost, settings.healthPort, {
    health: () => healthOf(running),
    metrics: () => metricsOf(running),
    onError: report,
  });
  log.json.info({ url: server.url }, "serving /health and /metrics");
  control.onReload(isolated("reload", () => reload(ensemble, log), report));
  const looking = setInterval(
    isolated(
      "look",
      () => {
        look(publisher);
        tellGaps(running);
      },
      report,
    ),
    LOOK_MS,
  );
  try {
    const serving = serveFeed(settings, control, running);
    await until(serving, control.giveUp);
    // An interrupted part may log its last words first.
    await until(serving, AbortSignal.timeout(LAST_WORDS_MS));
  } finally {
    await end(running, server, looking, control.giveUp);
  }
}

/** Delivers what can be delivered, and closes what is open. */
async function end(
  { publisher, metrics, log, sink, ensemble }: Running,
  server: Awaited<ReturnType<typeof serveObservations>>,
  looking: NodeJS.Timeout,
  giveUp: AbortSignal,
): Promise<void> {
  const undelivered = await publisher.drain(giveUp);
  clearInterval(looking);
  if (undelivered > 0) metrics.dropped.inc(undelivered);
  log.sparing.flush();
  log.json[undelivered > 0 ? "error" : "info"]({ undelivered, dropped: publisher.dropped }, "the engine ends");
  // Everything that can be delivered has been: a sink that is still connecting, or still being asked, is abandoned.
  const sinkClosed = until(sink.close(), AbortSignal.timeout(CLOSE_MS));
  await until(Promise.all([server.close(), ensemble.close(), sinkClosed]), giveUp);
}

function factsOf({ build, weights, canary, shadows }: Settings): EngineFacts {
  return { build, bootId: randomUUID(), weights, canary, shadows };
}

function announce(facts: EngineFacts, settings: Settings, log: Log, metrics: Metrics): void {
  log.line(engineLine.build(facts.build));
  const weights = Object.fromEntries(facts.weights);
  const { bootId: boot_id, canary } = facts;
  const shadows = [...facts.shadows];
  log.json.info({ boot_id, weights, canary, shadows, quorum: settings.quorum }, "the engine starts");
  metrics.build.set({ build: facts.build, boot_id: facts.bootId }, 1);
  for (const [model, weight] of facts.weights) metrics.weight.set({ model }, weight);
}

/** Logs and counts what a listener throws, the first time only. It ends nothing. */
function reporter(log: Log, metrics: Metrics): Report {
  return (listener, thrown) => {
    metrics.listenerErrors.inc({ listener });
    log.json.error({ listener, err: asQscError(thrown) }, "a listener of the engine failed; what it watches continues");
  };
}

function maxAgeOf({ featureMaxAgeSeconds: seconds }: Settings): number | null {
  return seconds === null ? null : seconds * 1000;
}

/** The metrics, after updating those that change by themselves. */
async function metricsOf({ publisher, futureIds, admission, metrics }: Running): Promise<Exposition> {
  metrics.waiting.set(publisher.waitingMs / 1000);
  metrics.ahead.set(futureIds.aheadSeconds);
  metrics.featureMaxAge.set(admission.maxAgeMs / 1000);
  return { type: metrics.registry.contentType, text: await metrics.registry.metrics() };
}

function tellGaps({ feed, gaps }: Running): void {
  if (feed !== null) gaps.tell(feed.gaps());
}

function sinkOptions(settings: Settings): Parameters<typeof openSink>[1] {
  const { intentSink, intentStream: stream, intentMaxLength, intentSigningKey: signingKey } = settings;
  return {
    stream,
    ...(intentMaxLength > 0 && { maxLength: intentMaxLength }),
    ...(signingKey !== null && { signingKey }),
    ...tlsFor(intentSink, settings),
  };
}

/** The parts of a running engine. */
interface Running {
  readonly facts: EngineFacts;
  readonly sink: EventSink;
  readonly ensemble: Ensemble;
  readonly publisher: Publisher;
  readonly features: OutageLog;
  readonly intents: OutageLog;
  readonly futureIds: FutureIds;
  readonly rows: RowTally;
  readonly admission: Admission;
  readonly gaps: FeedGaps;
  /** Null until it is open. */
  feed: Feed | null;
  /** Whether the feed has been opened and its histories read. */
  isFed: boolean;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly report: Report;
}

async function serveFeed(settings: Settings, control: Control, running: Running): Promise<void> {
  const { facts, ensemble, publisher, features, rows, admission, log, metrics, report } = running;
  const { stop } = control;
  const onOutage = isolated(
    "feed outage",
    (error: QscError | null) => {
      features.tell(error);
    },
    report,
  );
  const feed = await openFeed(settings, { now: Date.now, onOutage, signal: stop });
  if (feed === null) return;
  running.feed = feed;
  try {
    await warmUp({ feed, admission, ensemble, log }, stop);
    const after = await newestId(running, stop);
    running.isFed = true;
    const decisions = await serve(
      {
        feed,
        admission,
        rows,
        ensemble,
        shadows: facts.shadows,
        publisher,
        log,
        metrics,
        limits: new TradingLimits({ ...settings, clock: () => performance.now() }),
        write: intentWriter(facts, ensemble.models),
        nextId: entryIds(after),
        now: Date.now,
      },
      control,
    );
    log.json.info({ decisions }, "the feed has ended");
  } finally {
    tellGaps(running);
    await feed.close();
  }
}

async function reload(ensemble: Ensemble, log: Log): Promise<void> {
  log.json.info("loading the models again");
  await ensemble.reload();
}

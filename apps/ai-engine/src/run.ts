import { MIN_ID, QscError, asQscError, type EntryId } from "@qsc/contract";
import { createEnsemble, type Ensemble, type Runtime } from "@qsc/fail-closed";
import { entryIds, openSink, type EventSink } from "@qsc/stream-reader/sink";
import { randomUUID } from "node:crypto";
import { checkedOutCommit } from "./build.js";
import { serve } from "./engine.js";
import { openFeed } from "./feed/open-feed.js";
import { intentWriter, type EngineFacts } from "./intents/intent.js";
import { Publisher } from "./intents/publisher.js";
import { loadModels } from "./load-models.js";
import type { Log } from "./observe/log.js";
import { Metrics } from "./observe/metrics.js";
import { modelEvents } from "./observe/model-events.js";
import { serveObservations, type Health } from "./observe/server.js";
import { publisherEvents } from "./observe/publisher-events.js";
import type { Settings } from "./settings/settings.js";
import { TradingLimits } from "./trading-limits.js";

/** What the process tells a running engine. */
export interface Control {
  /** No further decisions: what was decided is published, then the engine ends. */
  readonly stop: AbortSignal;
  /** After this nothing is waited for any more. */
  readonly giveUp: AbortSignal;
  /** Called with what is to be done when the models shall be loaded anew. */
  readonly onReload: (reload: () => void) => void;
}

/**
 * Runs the engine until its feed ends or it is stopped. Calls of the runtime that are overdue may still go on then.
 * @throws QscError when it cannot start, or its feed cannot be read any more.
 */
export async function runEngine(settings: Settings, log: Log, runtime: Runtime, control: Control): Promise<void> {
  const facts = factsOf(settings);
  const metrics = new Metrics();
  announce(facts, settings, log, metrics);
  await using sink = await openSink(settings.intentSink, sinkOptions(settings));
  if (sink.repaired !== null) log.json.warn(sink.repaired, "the journal's last line was torn and has been put aside");
  const models = await loadModels(settings, runtime, modelEvents(log, metrics));
  const ensemble = createEnsemble({ models, weights: settings.weights, quorum: settings.quorum });
  for (const { name, state } of models) metrics.active.set({ model: name }, state.status === "active" ? 1 : 0);
  const publisher = new Publisher(sink, { capacity: settings.intentBuffer, ...publisherEvents(log, metrics) });
  const health = (): Health => healthOf(ensemble, publisher, facts);
  const server = await serveObservations(settings.healthHost, settings.healthPort, { health, registry: metrics.registry });
  log.json.info({ url: server.url }, "serving /health and /metrics");
  control.onReload(() => void reload(ensemble, log));
  try {
    await serveFeed(settings, control, { facts, sink, ensemble, publisher, log, metrics });
  } finally {
    const undelivered = await publisher.drain(control.giveUp);
    if (undelivered > 0) metrics.dropped.inc(undelivered);
    log.json[undelivered > 0 ? "error" : "info"]({ undelivered, dropped: publisher.dropped }, "the engine ends");
    await Promise.all([server.close(), ensemble.close()]);
  }
}

function factsOf(settings: Settings): EngineFacts {
  const build = settings.build ?? checkedOutCommit(import.meta.dirname);
  if (build === null) {
    throw new QscError("invalid_config", "AI_ENGINE_BUILD is not set, and the engine does not run from a git checkout; set it to the commit's SHA.");
  }
  return { build, bootId: randomUUID(), weights: settings.weights, canary: settings.canary };
}

function announce(facts: EngineFacts, settings: Settings, log: Log, metrics: Metrics): void {
  log.line(`AI_ENGINE_BUILD: ${facts.build}`);
  const weights = Object.fromEntries(facts.weights);
  log.json.info({ boot_id: facts.bootId, weights, canary: facts.canary, quorum: settings.quorum }, "the engine starts");
  metrics.build.set({ build: facts.build, boot_id: facts.bootId }, 1);
  for (const [model, weight] of facts.weights) metrics.weight.set({ model }, weight);
}

function sinkOptions({ intentStream: stream, intentMaxLength, ca }: Settings): Parameters<typeof openSink>[1] {
  return { stream, ...(intentMaxLength > 0 && { maxLength: intentMaxLength }), ...(ca !== null && { ca }) };
}

interface Running {
  readonly facts: EngineFacts;
  readonly sink: EventSink;
  readonly ensemble: Ensemble;
  readonly publisher: Publisher;
  readonly log: Log;
  readonly metrics: Metrics;
}

async function serveFeed(settings: Settings, { stop }: Control, running: Running): Promise<void> {
  const { facts, sink, ensemble, publisher, log, metrics } = running;
  const onOutage = (error: Error | null): void => {
    if (error === null) log.json.info("features can be read again");
    else log.json.error({ err: error }, "features cannot be read");
  };
  const feed = await openFeed(settings, { now: Date.now, onOutage, signal: stop });
  if (feed === null) return;
  try {
    const decisions = await serve({
      feed, ensemble, publisher, log, metrics,
      limits: new TradingLimits({ ...settings, clock: () => performance.now() }),
      write: intentWriter(facts, ensemble.models),
      nextId: entryIds(await newestId(sink)),
      now: Date.now,
    }, stop);
    log.json.info({ decisions }, "the feed has ended");
  } finally {
    await feed.close();
  }
}

/** The ID to go on after. A sink that is away tells none; when it is back it finds room for every entry itself. */
async function newestId(sink: EventSink): Promise<EntryId> {
  try {
    return await sink.lastId();
  } catch (thrown) {
    if (!asQscError(thrown).code.startsWith("source_")) throw thrown;
    return MIN_ID;
  }
}

function healthOf({ models, activeCount, quorum, hasQuorum }: Ensemble, { buffered, outage }: Publisher, facts: EngineFacts): Health {
  const states = models.map(({ name, state }) => [name, state.status === "active" ? { status: "active" } : { status: "inactive", reason: state.reason }]);
  return {
    ready: hasQuorum,
    active: activeCount,
    quorum,
    models: Object.fromEntries(states) as unknown,
    build: facts.build,
    boot_id: facts.bootId,
    intents_buffered: buffered,
    intents_outage: outage === null ? null : outage.code,
  };
}

async function reload(ensemble: Ensemble, log: Log): Promise<void> {
  log.json.info("loading the models anew");
  await ensemble.reload();
}

import {
  createRandom,
  healthyModels,
  seededTelemetry,
  telemetryDrafts,
  type Draft,
  type ModelProfile,
  type Random,
} from "@qsc-tooling/testkit";

export interface EventOptions {
  readonly count: number;
  readonly version: 1 | 2;
  /** How many models the ensemble has. */
  readonly models: number;
  readonly seed: number;
  /**
   * `repeating` (the default): 20,000 decisions in turn, each time under another time and ID, as alike as those of one
   * engine are. `fresh`: each decision drawn by itself, with symbols, strategies, regimes and lengths of numbers of its
   * own, exponents and negative numbers among them, so that nothing that was read helps to read the next.
   */
  readonly variety?: "repeating" | "fresh";
}

/** One entry: its ID, then names and values in turn. */
export interface BenchEvent {
  readonly id: string;
  readonly fields: readonly string[];
}

/** How many different decisions are made. A longer stream repeats them, each with its own time and decision ID. */
const DECISIONS = 20_000;
const INTERVAL_MS = 20;
const START_MS = Date.UTC(2026, 0, 5, 9, 0, 0);
/** Placeholders for what differs in each event. They are as long as their replacements. */
const TIME = "#".repeat(32);
const DECISION = "@".repeat(36);

/**
 * A realistic stream, event by event. Version 1 is written like Python's json.dumps, with confidences of full precision
 * and about 900 bytes of payload; version 2 like our engine writes it.
 */
export function* eventsOf(options: EventOptions): Generator<BenchEvent> {
  const { count, seed, variety = "repeating" } = options;
  const shapeAt = variety === "fresh" ? freshShapes(options) : repeatingShapes(options);
  for (let index = 0; index < count; index += 1) {
    const ms = START_MS + index * INTERVAL_MS;
    const shape = shapeAt(index);
    const time = new Date(ms).toISOString().replace("Z", `${String(index % 1000).padStart(3, "0")}+00:00`);
    const decision = `${index.toString(16).padStart(8, "0")}-0000-4000-8000-${seed.toString(16).padStart(12, "0")}`;
    yield { id: `${ms}-0`, fields: shape.map((text) => text.replaceAll(TIME, time).replace(DECISION, decision)) };
  }
}

/** The IDs of those events. */
export function* idsOf(count: number): Generator<string> {
  for (let index = 0; index < count; index += 1) yield `${START_MS + index * INTERVAL_MS}-0`;
}

/** The time of the last event, in milliseconds since 1970. */
export function lastMsOf(count: number): number {
  return START_MS + (count - 1) * INTERVAL_MS;
}

type Shapes = (index: number) => readonly string[];

/** Like a model's softmax: 16 or 17 digits. */
function withAllDigits({ modelBreakdown }: Draft, random: Random): void {
  for (const answer of Object.values(modelBreakdown)) {
    answer["confidence"] = (answer["confidence"] as number) * (1 - 1e-7 * random.uniform());
  }
}

function repeatingShapes({ count, version, models, seed }: EventOptions): Shapes {
  const drafts: Draft[] = [];
  const random = createRandom(seed + 1);
  seededTelemetry({
    version,
    seed,
    count: Math.min(count, DECISIONS),
    models: ensembleOf(models),
    mutate: (draft) => {
      withAllDigits(draft, random);
      drafts.push(structuredClone(draft));
    },
  });
  const shapes = drafts.map((draft) => fieldsOf(draft, version));
  return (index) => shapes[index % shapes.length] ?? [];
}

/** How many symbols, strategies and regimes the fresh decisions are drawn from. */
const SYMBOLS = 5000;

function freshShapes({ version, models, seed }: EventOptions): Shapes {
  const random = createRandom(seed + 2);
  const draftAt = telemetryDrafts({ seed, version, models: ensembleOf(models) });
  const word = (most: number): string => random.hex(1 + Math.floor(random.uniform() * most));
  return (index) => {
    const draft = draftAt(START_MS + index * INTERVAL_MS);
    withAllDigits(draft, random);
    draft.payload["symbol"] = `S${Math.floor(random.uniform() * SYMBOLS)}USDC`;
    draft.payload["strategy"] = `strategy-${word(12)}`;
    draft.payload["regime"] = `regime-${word(6)}`;
    for (const answer of Object.values(draft.modelBreakdown)) {
      if (typeof answer["latency_ms"] === "number") answer["latency_ms"] *= 1 + 1e-9 * random.uniform();
    }
    for (const name of Object.keys(draft.features)) draft.features[name] = freshNumber(random);
    return fieldsOf(draft, version);
  };
}

/** A number of any sign, size and length, some of which are written with an exponent. */
function freshNumber(random: Random): number {
  const sign = random.uniform() < 0.5 ? -1 : 1;
  const digits = 1 + Math.floor(random.uniform() * 16);
  const size = random.uniform() < 0.2 ? 10 ** Math.floor(random.uniform() * 60 - 30) : 1;
  return sign * Number((random.uniform() * size * 100).toPrecision(digits));
}

function fieldsOf(draft: Draft, version: 1 | 2): readonly string[] {
  return version === 1 ? fieldsOfVersion1(draft) : fieldsOfVersion2(draft);
}

/** The four healthy models, plus copies of them up to the requested number. */
function ensembleOf(models: number): readonly ModelProfile[] {
  return Array.from({ length: models }, (_, index) => {
    const like = healthyModels[index % healthyModels.length];
    if (like === undefined) throw new Error("there are no healthy models");
    return index < healthyModels.length ? like : { ...like, name: `${like.name}_${index}` };
  });
}

function fieldsOfVersion1({ payload, modelBreakdown, features }: Draft): readonly string[] {
  const whole = {
    regime: "trending",
    ...payload,
    timestamp: TIME,
    model_breakdown: modelBreakdown,
    ...features,
    position_size_usd: 250.5,
    leverage: 3,
    entry_price: 104_231.57,
  };
  return [
    "event_type",
    "trade.intent",
    "payload",
    pythonDumps(whole),
    "source",
    "ai-engine",
    "timestamp",
    TIME,
    "trace_id",
    "",
  ];
}

function fieldsOfVersion2({ payload, modelBreakdown, features }: Draft): readonly string[] {
  const decision = { ...payload, timestamp: TIME, decision_id: DECISION };
  return [
    "event_type",
    "trade.intent",
    "contract",
    "2",
    "payload",
    JSON.stringify(decision),
    "model_breakdown",
    JSON.stringify(modelBreakdown),
    "features",
    JSON.stringify(features),
    "source",
    "ai-engine",
    "timestamp",
    TIME,
    "trace_id",
    "",
  ];
}

/** JSON like Python's json.dumps, with a space after each comma and colon. */
function pythonDumps(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonDumps).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, member]) => `${JSON.stringify(key)}: ${pythonDumps(member)}`)
      .join(", ")}}`;
  }
  return JSON.stringify(value);
}

/** A line of an event log, as the writer of that contract version writes it. */
export function lineOf({ id, fields }: BenchEvent, version: 1 | 2): string {
  const members: [string, string][] = [];
  for (let at = 0; at < fields.length; at += 2) members.push([fields[at] ?? "", fields[at + 1] ?? ""]);
  const entry = { id, fields: Object.fromEntries(members) };
  return version === 1 ? pythonDumps(entry) : JSON.stringify(entry);
}

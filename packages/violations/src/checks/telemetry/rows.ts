import type { SharedCheck } from "../definition.js";

const MINUTE = 60_000;

/** The checks of the telemetry itself: any violation fails the whole verdict. */
export const TELEMETRY_ROWS = [
  {
    id: "insufficient_data",
    meaning:
      "there are fewer events than the mode needs (collection {minEvents.collection}, canary {minEvents.canary})",
    limits: [],
    watch: "not yet",
    cause: "Too few events to judge.",
    nextStep: "Wait (`--wait`): each model needs its own predictions.",
  },
  {
    id: "rejected_events",
    meaning: "more than {rejected_events.share} of the entries could not be read",
    limits: [{ measure: "share", violatedWhen: "above", limit: 0.01, unit: "share" }],
    watch: "at once",
    gradual: true,
    isAlwaysNamed: true,
    cause: "The engine publishes what cannot be read, or another writer does.",
    nextStep: "Look at the samples in the report, with their IDs, and fix the writer.",
  },
  {
    id: "duplicate_events",
    meaning:
      "one decision was published with two contents, or one ID stands for two decisions; repetition alone is counted and harms nothing by itself",
    limits: [{ measure: "share", violatedWhen: "above", limit: 1, unit: "share" }],
    watch: "at once",
    cause: "The engine contradicts itself.",
    nextStep: "Look at the samples in the report, with their IDs, and fix the writer.",
  },
  {
    id: "telemetry_silence",
    meaning:
      "there was no event for more than {telemetry_silence.maxAge}: from the cutover to the first one, between two, or from the newest one to now",
    limits: [{ measure: "maxAge", violatedWhen: "above", limit: 15 * MINUTE, unit: "ms", alias: "maxAge" }],
    watch: "at once",
    gradual: true,
    cause: "The engine or its feed stands still.",
    nextStep: "Look at the engine's `/health`.",
  },
  {
    id: "stale_features",
    meaning:
      "a decision was made from features older than {telemetry_silence.maxAge}, or from after it (version 2, `features_at`); unknown where a decision does not say",
    limits: [],
    watch: "at once",
    gradual: true,
    cause: "The engine decides from old features.",
    nextStep: "Look at its feed; an engine of your own has to publish `features_at`.",
  },
  {
    id: "shard_coverage",
    meaning:
      "of a stream in shards, one is missing, is a key of another type, had no decision for more than {telemetry_silence.maxAge}, or is more than {clock_skew.ms} behind the others; unknown while one is empty",
    limits: [],
    watch: "at once",
    cause: "A part of the engine does not publish, or the key of a shard is wrong.",
    nextStep: "The message names the shard: look at the engine that writes it, and at `--stream`.",
  },
  {
    id: "stream_gap",
    meaning: "entries of the time that is judged were lost: trimmed, deleted, or gone with the stream's tail",
    limits: [],
    watch: "at once",
    cause: "The stream was trimmed, or lost its tail in a crash or failover, or was recreated.",
    nextStep: "Let it keep more, and begin again with a cutover after that.",
  },
  {
    id: "clock_skew",
    meaning:
      "an event lies more than {clock_skew.ms} after this host's clock, or the clock of Redis differs from it by more; unknown where Redis takes so long to tell its time, three times, that it cannot be told",
    limits: [{ measure: "ms", violatedWhen: "above", limit: 5_000, unit: "ms" }],
    watch: "at once",
    gradual: true,
    cause: "A clock is wrong.",
    nextStep: "Synchronise the clocks (NTP).",
  },
  {
    id: "feature_not_finite",
    meaning: "a number beside the models' answers is NaN or infinite, or the writer made `null` or text of it",
    limits: [],
    watch: "at once",
    cause: "A feed or a normalisation is broken.",
    nextStep: "Fix it. Do not go on.",
  },
  {
    id: "mixed_build",
    meaning: "there is more than one build, or contract version, among the events",
    limits: [],
    watch: "at once",
    requirement: "build",
    isOfWhatIsServed: true,
    cause: "The events are of more than one process.",
    nextStep: "Take the cutover of the process that runs (`qsc cutover`).",
  },
  {
    id: "engine_restarts",
    meaning: "there is more than one engine process among the events",
    limits: [],
    watch: "at once",
    requirement: "build",
    cause: "The events are of more than one process.",
    nextStep:
      "Take the cutover of the process that runs (`qsc cutover`). If you did, the clock of Redis is ahead, so that the last events of the process before lie after it: synchronise the clocks, and restart the engine.",
  },
  {
    id: "weights_mismatch",
    meaning:
      "there is more than one set of weights, or canary, among the events, or a canary that contradicts the weights beside it: another weight, or a model without one; or every weight is 0; weights within 10^-6 of each other are the same",
    limits: [],
    watch: "at once",
    requirement: "weights",
    cause: "The events are of more than one process, or the engine serves other weights than were activated.",
    nextStep: "Take the cutover of the process that runs (`qsc cutover`).",
  },
] as const satisfies readonly SharedCheck[];

import type { Profile } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import type { Prediction } from "@qsc/violations";
import type { JudgementContext } from "../judge/context.js";

/** How the body of a request is read as predictions. */
export interface PredictionReading {
  /** What the body is called in messages. */
  readonly name: string;
  /** `jsonl`: one object on each line; `json`: one list of objects. */
  readonly format: "jsonl" | "json";
  /** The keys of each object that are read, by what they hold; null: not read. */
  readonly columns: {
    readonly label: string | null;
    readonly score: string | null;
    readonly time: string | null;
    readonly segment: string | null;
    readonly latency: string | null;
  };
  /** Called with each row as it is read: before the first is given, if they are sorted. What it throws ends the reading. */
  readonly onRow: () => void;
}

/** A row of predictions: what was read, or why it is not a prediction. */
export type ReadPrediction = { readonly place: string } & (
  { readonly prediction: Prediction } | { readonly fault: string }
);

/** A profile that requests may name, and where it comes from. */
export interface NamedProfile {
  readonly profile: Profile;
  readonly source: string;
}

/** What the HTTP judge needs to know. Nothing in it can act on a unit. */
export interface JudgeServerRequest {
  /** Where to listen, such as `127.0.0.1:8788`. */
  readonly listen: string;
  /** The tokens as JSON, and where they come from; null: none is asked for, which is allowed on a loopback address alone. */
  readonly tokens: { readonly text: string; readonly source: string } | null;
  /** Policy, unit, host and version of every verdict. */
  readonly judgement: JudgementContext;
  /** The profiles that requests may name, by name. */
  readonly profiles: ReadonlyMap<string, NamedProfile>;
  /** Opens the telemetry; called for each question about it. */
  readonly openSource: () => Promise<EventSource>;
  /** Reads predictions as `qsc judge` does. @throws QscError for a body that is not to be read to its end */
  readonly readPredictions: (bytes: AsyncIterable<Buffer>, reading: PredictionReading) => AsyncIterable<ReadPrediction>;
  /** Ends the judge: no new request is answered, and those under way have a while to end. */
  readonly signal: AbortSignal;
  /** Called with each sentence for the operator. */
  readonly say: (sentence: string) => void;
}

/** The HTTP judge: a program that the command line starts, as it starts its other programs, by the name of its file. */
export interface JudgeServerProgram {
  /**
   * Serves until the signal.
   * @throws QscError `invalid_config` for an address or tokens that cannot be used
   */
  readonly serveJudge: (request: JudgeServerRequest) => Promise<void>;
}

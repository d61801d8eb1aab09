import { setImmediate } from "node:timers/promises";
import type { JudgeDocument, Profile } from "@qsc/contract";
import type { JudgeServerRequest, PredictionReading } from "@qsc/rollout";
import { createJudge, makeProfile, READY_MADE_NAMES, type JudgeOptions } from "@qsc/violations";
import type { z } from "zod";
import { Refusal } from "../http/refusal.js";
import type { judgementQuery } from "../schemas.js";

type Asked = z.infer<typeof judgementQuery>;

/** How verdicts call what they judged. */
const SOURCE = "POST /v1/judgements";

/** After this many predictions other requests have their turn, and one that no client waits for ends. */
const AT_A_TIME = 10_000;

/** What a body is judged with. */
interface BodyTools {
  readonly request: Pick<JudgeServerRequest, "profiles" | "judgement" | "readPredictions">;
  /** The most predictions that are sorted. */
  readonly sortedRows: number;
  readonly signal: AbortSignal;
}

/** What predictions are judged by. */
interface Limits {
  readonly options: JudgeOptions;
  readonly source: string;
  readonly hasLabels: boolean;
}

/**
 * The verdict on the predictions of a body, as `qsc judge` gives it.
 * @throws QscError, Refusal, also for a body that does not come to its end
 */
export async function judgeBody(
  bytes: AsyncIterable<Buffer>,
  format: PredictionReading["format"],
  asked: Asked,
  { request: { profiles, judgement, readPredictions }, sortedRows, signal }: BodyTools,
): Promise<JudgeDocument> {
  const { options, source, hasLabels } = limitsOf(asked, profiles);
  const judge = createJudge({ ...options, ...(asked.model !== undefined && { model: asked.model }) });
  const columns = {
    label: hasLabels ? (asked.label ?? "label") : null,
    score: asked.score ?? "score",
    time: asked.time ?? null,
    segment: asked.segment ?? null,
    latency: asked.latency ?? null,
  };
  const onRow = rowLimit(asked.time === undefined ? Infinity : sortedRows);
  for await (const row of readPredictions(bytes, { name: "The body", format, columns, onRow })) {
    if ("fault" in row) judge.reject(row.fault, row.place);
    else judge.add(row.prediction);
    // Rows that were sorted come without a pause of their own.
    if (judge.rows % AT_A_TIME === 0) await setImmediate();
    signal.throwIfAborted();
  }
  const { host, toolVersion, now } = judgement;
  return judge.verdict({ source: SOURCE, profileSource: source, judgedAt: new Date(now()), host, toolVersion });
}

/** Counts rows. @throws Refusal `body_too_large` when called more often than this */
function rowLimit(most: number): () => void {
  let rows = 0;
  return () => {
    rows += 1;
    if (rows > most)
      throw new Refusal(
        "body_too_large",
        `The body has more than ${most} predictions to be sorted by time; send less.`,
      );
  };
}

function limitsOf(asked: Asked, profiles: JudgeServerRequest["profiles"]): Limits {
  const segments: Profile["segments"] = asked.segment === undefined ? "shown" : "decide";
  const labels = asked.labels === undefined ? null : labelsIn(asked.labels);
  if (asked.profile === undefined)
    return { options: { segments, ...(labels !== null && { labels }) }, source: "built-in", hasLabels: true };
  const readyMade = READY_MADE_NAMES.find((name) => name === asked.profile);
  if (readyMade !== undefined) {
    if (labels === null)
      throw new Refusal(
        "request_invalid",
        `The profile ${readyMade} does not know your labels; name them: labels=A,B.`,
      );
    const profile = makeProfile({ name: readyMade, base: readyMade, labels, segments });
    return { options: { profile }, source: "ready made", hasLabels: true };
  }
  const own = profiles.get(asked.profile);
  if (own === undefined) {
    const known = [...READY_MADE_NAMES, ...profiles.keys()].join(", ");
    throw new Refusal("request_invalid", `profile '${asked.profile}' is not one of this judge's: ${known}.`);
  }
  if (labels !== null)
    throw new Refusal(
      "request_invalid",
      `labels and the profile ${asked.profile} exclude each other: it has its labels.`,
    );
  const hasLabels = own.profile.labels !== null;
  if (!hasLabels && asked.label !== undefined)
    throw new Refusal("request_invalid", `The profile ${asked.profile} is of a regression; leave out label.`);
  return { options: { profile: own.profile }, source: own.source, hasLabels };
}

function labelsIn(given: string): readonly string[] {
  const labels = given.split(",").map((label) => label.trim());
  if (labels.includes("") || new Set(labels).size < labels.length)
    throw new Refusal("request_invalid", `labels '${given.slice(0, 200)}' has an empty label or one twice; write A,B.`);
  return labels;
}

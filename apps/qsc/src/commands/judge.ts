import { QscError, type Labels } from "@qsc/contract";
import type { JudgeOptions } from "@qsc/violations";
import { text, textOr, type FileCommand, type Flags, type Session } from "../command.js";
import { FORMATS, type Format } from "../predictions/formats.js";
import type { Reading } from "../predictions/read.js";

/** `qsc judge`. */
export const judgeCommand: FileCommand = {
  kind: "examines",
  name: "judge",
  summary: "Are the predictions in a file sound? CSV, JSON or Parquet, of any model. Exit 0 pass, 2 not",
  positional: { name: "file", completes: "file", description: "The file, also if it is gzip; - for standard input" },
  options: {
    label: { type: "string", description: "The column of the labels; without it, the model is a regression" },
    score: { type: "string", demandOption: "pass --score COLUMN", description: "The column of the scores" },
    time: { type: "string", description: "The column of the times; the rows are sorted by it" },
    segment: {
      type: "string",
      description: "The column of the segments: each also decides by itself, unless a profile of your own says not",
    },
    latency: { type: "string", description: "The column of the latencies, in milliseconds" },
    labels: {
      type: "string",
      description: "The labels there are, separated by commas",
      defaultDescription: "BUY,SELL,HOLD",
    },
    profile: {
      type: "string",
      completes: "file",
      description: "Limits of your own: imbalanced, confident, slow, or a file",
      defaultDescription: "the built-in limits",
    },
    reference: {
      type: "string",
      completes: "file",
      description:
        "An approved run with the same columns: to compare with, and to learn limits from if there is no profile",
    },
    format: {
      type: "string",
      choices: FORMATS,
      description: "The form of the file",
      defaultDescription: "what it begins with",
    },
    delimiter: {
      type: "string",
      description: "What separates the cells of CSV: one character, or tab",
      defaultDescription: "a comma",
    },
    model: { type: "string", description: "What the model is called in the report", defaultDescription: "model" },
  },
  settings: ["workdir"],
  examples: [
    [
      "$0 judge today.csv --label decision --score p --reference approved.csv",
      "is it as in the run that was approved?",
    ],
    [
      "$0 judge today.parquet --label decision --score p --labels approve,deny --profile imbalanced",
      "one label may be rare",
    ],
    ["zcat today.jsonl.gz | $0 judge - --score price --profile prices.yaml", "a regression, with a profile of its own"],
  ],
  run: judge,
};

async function judge({ flags, judgement }: Session): ReturnType<FileCommand["run"]> {
  const [{ createJudge }, { shownName }, { profileFor }, { readPredictions }] = await Promise.all([
    import("@qsc/violations"),
    import("../predictions/bytes.js"),
    import("../predictions/profile.js"),
    import("../predictions/read.js"),
  ]);
  const reading = readingOf(flags, textOr(flags, "file", "-"));
  const reference = text(flags, "reference");
  if (reference === "-") throw new QscError("usage", "--reference is a file; standard input is for the predictions.");
  const hasLabels = reading.columns.label !== null;
  const labels = labelsIn(flags);
  if (labels !== null && !hasLabels) throw new QscError("usage", "--labels needs --label, the column of the labels.");
  const segments = reading.columns.segment === null ? "shown" : "decide";
  const { profile, source } = await profileFor({
    profile: text(flags, "profile"),
    labels,
    reference: reference === null ? null : { ...reading, path: reference },
    hasLabels,
    segments,
  });
  const model = textOr(flags, "model", "model");
  const builtIn: JudgeOptions = { segments, ...(labels !== null && { labels }) };
  const found = createJudge({ model, ...(profile === null ? builtIn : { profile }) });
  for await (const row of readPredictions(reading)) {
    if ("fault" in row) found.reject(row.fault, row.place);
    else found.add(row.prediction);
  }
  const { host, toolVersion, now } = judgement;
  const judgedAt = new Date(now());
  return found.verdict({ source: shownName(reading.path), profileSource: source, judgedAt, host, toolVersion });
}

function readingOf(flags: Flags, path: string): Reading {
  const column = (name: string): string | null => text(flags, name);
  const given = text(flags, "delimiter");
  const delimiter = given === "tab" ? "\t" : given;
  if (delimiter !== null && !/^[^"\r\n]$/.test(delimiter))
    throw new QscError(
      "usage",
      `--delimiter '${delimiter}' must be one character that is not a quotation mark, or tab.`,
    );
  return {
    path,
    columns: {
      label: column("label"),
      score: column("score"),
      time: column("time"),
      segment: column("segment"),
      latency: column("latency"),
    },
    format: text(flags, "format") as Format | null,
    delimiter,
  };
}

function labelsIn(flags: Flags): Labels | null {
  const given = text(flags, "labels");
  if (given === null) return null;
  const labels = given.split(",").map((label) => label.trim());
  const twice = labels.find((label, index) => labels.indexOf(label) !== index);
  if (twice !== undefined) throw new QscError("usage", `--labels names '${twice}' twice; name each label once.`);
  if (labels.includes("")) throw new QscError("usage", `--labels '${given}' has an empty label; write them as A,B.`);
  return labels;
}

import { deserialize, serialize } from "node:v8";
import { digestOf, QscError } from "@qsc/contract";
import type { PartTask, Wanted } from "@qsc/rollout/judging";
import type { SourcePart } from "@qsc/stream-reader";
import { z } from "zod";
import type { OwnSource } from "./own-source.js";
import { sha256 } from "./sha256.js";

/** Rises with every change of what a job, a receipt or a result holds. */
const PROTOCOL = 1;

/** A part to read, as it stands in the queue. It has no password: each worker has its own way to the telemetry. */
export interface PartJob {
  readonly protocol: typeof PROTOCOL;
  /** Of the tool that judges: another one may count otherwise. */
  readonly version: string;
  readonly run: string;
  readonly index: number;
  readonly count: number;
  /** By the queue's clock, in milliseconds since 1970. */
  readonly expiresAt: number;
  readonly policyHash: string;
  readonly source: Pick<OwnSource, "label" | "stream">;
  /** SHA-256 of each key file that entries are verified with. */
  readonly keys: readonly string[];
  /** The part and what is wanted of it, by `v8.serialize`: JSON has no NaN, no Map and no bytes. */
  readonly task: string;
}

/** What a worker answers: proof of what it is the answer to, and of what the stored result is. */
export interface Receipt {
  readonly protocol: typeof PROTOCOL;
  readonly version: string;
  readonly run: string;
  readonly index: number;
  readonly policyHash: string;
  /** SHA-256 of the job's `task`. */
  readonly task: string;
  /** SHA-256 and length of the stored result. */
  readonly result: string;
  readonly bytes: number;
  readonly host: string;
}

const digest = z.string().regex(/^[\da-f]{64}$/);
const ofPart = {
  protocol: z.literal(PROTOCOL),
  version: z.string().min(1),
  run: z.uuid(),
  index: z.int().min(0),
  policyHash: digest,
};
const partJob: z.ZodType<PartJob> = z.strictObject({
  ...ofPart,
  count: z.int().min(1),
  expiresAt: z.int(),
  source: z.strictObject({ label: z.string(), stream: z.string().nullable() }),
  keys: z.array(digest),
  task: z.base64(),
});
const receipt: z.ZodType<Receipt> = z.strictObject({
  ...ofPart,
  task: digest,
  result: digest,
  bytes: z.int().min(1),
  host: z.string(),
});

/** A part without the judging process's way to it. */
type AskedPart = Omit<SourcePart, "url" | "options"> & {
  readonly url: null;
  readonly options: null;
  readonly follow: boolean | undefined;
};

/** What all parts of a judgement have in common. */
export interface RunWords {
  readonly run: string;
  readonly version: string;
  readonly expiresAt: number;
  readonly source: OwnSource;
}

/** The jobs of the parts of a range. */
export function jobsOf(tasks: readonly PartTask[], { run, version, expiresAt, source }: RunWords): readonly PartJob[] {
  return tasks.map(({ part, wanted }, index) => {
    const asked: AskedPart = { ...part, url: null, options: null, follow: part.options.follow };
    const task = serialize({ part: asked, wanted }).toString("base64");
    return {
      protocol: PROTOCOL,
      version,
      run,
      index,
      count: tasks.length,
      expiresAt,
      policyHash: digestOf(wanted.policy),
      source: { label: source.label, stream: source.stream },
      keys: [...source.keys],
      task,
    };
  });
}

/** A job as another process has written it. @throws QscError `parts_unread` */
export function readJob(data: unknown): PartJob {
  const read = partJob.safeParse(data);
  if (read.success) return read.data;
  throw unread(`its job is not one of this version: ${issueOf(read.error)}`);
}

/**
 * What a job asks for, with this worker's own way to the telemetry.
 * @throws QscError `parts_unread` if this worker would not read what the judging process means
 */
export function taskOf(job: PartJob, version: string, source: OwnSource): PartTask {
  if (job.version !== version)
    throw unread(`a worker of version ${version} does not read for version ${job.version}: install the same one`);
  if (job.source.label !== source.label || job.source.stream !== source.stream)
    throw unread(
      `a worker reads ${named(source)}, and ${named(job.source)} is judged: start the worker with the same --source and --stream`,
    );
  if (job.keys.join() !== source.keys.join())
    throw unread("a worker verifies signatures with other keys: start it with the same --verify-key");
  const { part, wanted } = deserialize(Buffer.from(job.task, "base64")) as {
    readonly part: AskedPart;
    readonly wanted: Wanted;
  };
  if (digestOf(wanted.policy) !== job.policyHash) throw unread("its policy is not the one that its digest names");
  const { follow, ...asked } = part;
  const options = { ...source.options, ...(follow !== undefined && { follow }) };
  // `readPart` checks the whole of it at run time.
  return { part: { ...asked, url: source.url, options } as SourcePart, wanted };
}

/** The receipt for a result. */
export function receiptFor(job: PartJob, version: string, result: Buffer, host: string): Receipt {
  const { run, index } = job;
  const hashes = { policyHash: job.policyHash, task: sha256(job.task), result: sha256(result) };
  return { protocol: PROTOCOL, version, run, index, ...hashes, bytes: result.length, host };
}

/**
 * Checks that a receipt is the one for a job: of the same judgement, part, version, policy and task.
 * @throws QscError `parts_unread`
 */
export function requireReceipt(given: unknown, job: PartJob): Receipt {
  const read = receipt.safeParse(given);
  if (!read.success) throw unread(`the answer for part ${job.index + 1} is not one: ${issueOf(read.error)}`);
  const { data } = read;
  const same = ["run", "index", "version", "policyHash"] as const;
  const wrong = same.find((key) => data[key] !== job[key]) ?? (data.task === sha256(job.task) ? null : "task");
  if (wrong !== null) throw unread(`the answer for part ${job.index + 1}, from ${data.host}, has another ${wrong}`);
  return data;
}

/** A part, or what came of it, that cannot be used. @param why as the rest of a sentence */
export function unread(why: string): QscError {
  return new QscError("parts_unread", `A part of the range was not read: ${why}.`);
}

function named({ label, stream }: Pick<OwnSource, "label" | "stream">): string {
  return stream === null ? label : `${label} ${stream}`;
}

function issueOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
}

import { describeDuration, QscError } from "@qsc/contract";
import { FlowProducer, QueueEvents, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { bounded, PREFIX } from "./connection.js";
import { unread, type PartJob } from "./part-job.js";
import { joinQueue, partJob, PARTS } from "./places.js";

/** How often a part is tried that could not be read, and the first pause after that, which doubles, in milliseconds. */
const TRIES = { attempts: 4, backoff: { type: "exponential", delay: 500 } } as const;
/** The longest wait for connections to be given back, in milliseconds: a queue that is gone answers none. */
const CLOSE_MS = 3000;
/** How long the word of the part that failed may come after the failure itself, in milliseconds. */
const WHY_MS = 1000;

interface JoinOptions {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Called with the number of parts that were read so far. */
  readonly onRead: (read: number) => void;
}

/**
 * Puts the parts of a judgement into the queue, as children of a job that waits for all of them, and waits until that
 * job has their answers. It fails with the first of them (`failParentOnFailure`).
 * @returns the answer of each part's job, by its ID
 * @throws QscError `parts_unread`, also when the deadline is over, which no queue keeps; `interrupted`
 */
export async function joined(
  redis: Redis,
  jobs: readonly PartJob[],
  { deadlineMs, signal, onRead }: JoinOptions,
): Promise<ReadonlyMap<string, unknown>> {
  const [{ run } = { run: "" }] = jobs;
  const shared = { connection: redis, prefix: PREFIX };
  const answer = new Answer<ReadonlyMap<string, unknown>>();
  const events = new QueueEvents(PARTS, shared);
  const join = new Worker(
    joinQueue(run),
    async (job) => {
      answer.resolve(byId(await job.getChildrenValues<unknown>()));
    },
    { ...shared, autorun: false },
  );
  const flow = new FlowProducer(shared);
  const deadline = setTimeout(() => {
    answer.reject(unread(`not all of them came within ${describeDuration(deadlineMs)}`));
  }, deadlineMs);
  const interrupt = (): void => {
    answer.reject(new QscError("interrupted", "Interrupted before all parts were read; nothing is left in the queue."));
  };
  signal.addEventListener("abort", interrupt);
  if (signal.aborted) interrupt();
  // An outage is no failure: the connections come back, and the deadline is kept here.
  const isBack = (): void => undefined;
  events.on("error", isBack);
  join.on("error", isBack);
  flow.on("error", isBack);
  listen(events, jobs, onRead, answer.reject);
  join.on("failed", (_, { message }) => {
    setTimeout(() => {
      answer.reject(unread(message));
    }, WHY_MS);
  });
  let joining = Promise.resolve();
  try {
    const asking = events.waitUntilReady().then(async () => {
      joining = join.run();
      joining.catch(answer.reject);
      await flow.add(flowOf(run, jobs));
    });
    asking.catch(answer.reject);
    return await answer.promise;
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener("abort", interrupt);
    const closing = Promise.allSettled([join.close(), events.close(), flow.close(), joining]);
    await bounded(CLOSE_MS, "The queue does not answer", closing).catch(() => {
      // Nor does it answer to this: what waits for it ends with the process.
      void Promise.allSettled([join.disconnect(), events.disconnect(), flow.disconnect()]);
    });
  }
}

function flowOf(run: string, jobs: readonly PartJob[]): Parameters<FlowProducer["add"]>[0] {
  const gone = { removeOnComplete: true, removeOnFail: true };
  return {
    name: "join",
    queueName: joinQueue(run),
    opts: gone,
    children: jobs.map((data) => ({
      name: "part",
      queueName: PARTS,
      data,
      opts: { ...gone, ...TRIES, jobId: partJob(run, data.index), failParentOnFailure: true },
    })),
  };
}

function listen(
  events: QueueEvents,
  jobs: readonly PartJob[],
  onRead: (read: number) => void,
  fail: (error: QscError) => void,
): void {
  const waited = new Map(jobs.map(({ run, index }) => [partJob(run, index), index]));
  const total = waited.size;
  events.on("completed", ({ jobId }) => {
    if (waited.delete(jobId)) onRead(total - waited.size);
  });
  events.on("failed", ({ jobId, failedReason }) => {
    const index = waited.get(jobId);
    if (index !== undefined) fail(unread(`part ${index + 1} of ${total} failed: ${failedReason}`));
  });
}

/** BullMQ names the answers by the whole keys of their jobs. */
function byId(values: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(values).map(([key, value]) => [key.slice(key.lastIndexOf(":") + 1), value]));
}

/** A promise that is settled from outside, the first time for good. */
class Answer<T> {
  readonly promise: Promise<T>;
  resolve: (value: T) => void = () => undefined;
  reject: (error: Error) => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { idTime } from "@qsc/contract";
import { familiesOf, toExposition, type Family } from "@qsc/report/metrics";
import type { ConsoleRequest } from "@qsc/rollout";
import type { Feed } from "./feed/feed.js";

/** The dead-man is asked for at most this often, in milliseconds: each question is a process. */
const ASK_MS = 10_000;
/** A scrape waits no longer than this for the answer, in milliseconds: without it, everything else is still told. */
const ANSWER_MS = 3000;

type Asked = Pick<ConsoleRequest, "place" | "toolVersion" | "isDeadManArmed" | "notifications">;

/** The answer; null, which is unknown, if there is none in time. */
async function inTime<Answer>(asked: Promise<Answer>): Promise<Answer | null> {
  const enough = new AbortController();
  const late = sleep(ANSWER_MS, null, { signal: enough.signal }).catch(() => null);
  try {
    return await Promise.race([asked.catch(() => null), late]);
  } finally {
    enough.abort();
  }
}

/** The metrics of the console: those of the canary, and a few of this process. */
export class MetricsText {
  readonly #request: Asked;
  readonly #feed: Pick<Feed, "look" | "tally">;
  readonly #startedMs = Date.now();
  #armed: { readonly atMs: number; readonly answer: Promise<boolean | null> } | null = null;

  constructor(request: Asked, feed: Pick<Feed, "look" | "tally">) {
    this.#request = request;
    this.#feed = feed;
  }

  /** The text for a scrape, as of now. */
  async text(): Promise<string> {
    const { observation, telemetry } = await this.#feed.look();
    const { state, audit } = observation;
    const { outage, outageSinceMs, hasRead, newest } = telemetry;
    // Those of the newest decision are from then: what is served now is unknown.
    const weights = outage === null ? (newest?.engine?.weights ?? null) : null;
    return toExposition([
      ...familiesOf({
        toolVersion: this.#request.toolVersion,
        unit: this.#request.place.unit,
        state: state.kind === "state" ? state.state : state.kind === "absent" ? "absent" : "unknown",
        log: audit.problem === null ? audit.entries : "unreliable",
        deadManArmed: await this.#isArmed(),
        notifications: await inTime(this.#request.notifications()),
        telemetry: {
          tally: this.#feed.tally,
          up: outage === null ? (hasRead ? true : null) : false,
          outageSeconds: outageSinceMs === null ? (hasRead ? 0 : null) : (Date.now() - outageSinceMs) / 1000,
          newestDecisionMs: newest === null ? null : idTime(newest.id),
          weights: weights === null ? null : Object.fromEntries(weights),
        },
      }),
      ...this.#ofProcess(),
    ]);
  }

  async #isArmed(): Promise<boolean | null> {
    const atMs = performance.now();
    if (this.#armed === null || atMs - this.#armed.atMs > ASK_MS)
      this.#armed = { atMs, answer: this.#request.isDeadManArmed().catch(() => null) };
    return inTime(this.#armed.answer);
  }

  #ofProcess(): readonly Family[] {
    const { user, system } = process.cpuUsage();
    return [
      {
        name: "process_cpu_seconds_total",
        type: "counter",
        help: "Processor time that the console has used.",
        samples: [{ value: (user + system) / 1e6 }],
      },
      {
        name: "process_resident_memory_bytes",
        type: "gauge",
        help: "Memory that the console has.",
        samples: [{ value: process.memoryUsage.rss() }],
      },
      {
        name: "process_start_time_seconds",
        type: "gauge",
        help: "When the console was started.",
        samples: [{ value: this.#startedMs / 1000 }],
      },
    ];
  }
}

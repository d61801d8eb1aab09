import { QscError } from "@qsc/contract";
import { shown } from "./ports/options.js";
import type { Timeouts } from "./redis/client.js";
import { withoutPassword } from "./redis/shown-url.js";

const CONNECT_MS = 3000;
const COMMAND_MS = 10_000;

const KINDS: Readonly<Record<string, "event-log" | "redis">> = {
  file: "event-log",
  redis: "redis",
  rediss: "redis",
  "redis+sentinel": "redis",
  "redis+cluster": "redis",
};

/** @throws QscError `invalid_source` unless it is a text. */
export function assertUrl(url: unknown): asserts url is string {
  if (typeof url === "string") return;
  throw new QscError("invalid_source", `The source is ${shown(url)}; write redis://host:6379, rediss://host:6379, or file:events.ndjson.`);
}

/** What the scheme of a URL names; null for any other, and for a path. */
export function kindOfUrl(url: string): "event-log" | "redis" | null {
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  return scheme === undefined ? null : (KINDS[scheme] ?? null);
}

/** Whether a path has the name of an event log. */
export function isEventLogName(path: string): boolean {
  return /\.(?:ndjson|jsonl|json|gz)$/i.test(path);
}

/** How long an answer may take, 10 s by default, and connecting, 3 s at most. */
export function timeoutsOf(timeoutMs: number = COMMAND_MS): Timeouts {
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs <= 0 || timeoutMs >= 2 ** 31) {
    throw new QscError("usage", `timeoutMs ${shown(timeoutMs)} is no number of milliseconds above 0.`);
  }
  return { connectMs: Math.min(CONNECT_MS, timeoutMs), commandMs: timeoutMs };
}

export function namesNothing(url: string): QscError {
  return new QscError(
    "invalid_source",
    `'${withoutPassword(url)}' names no source; write redis://host:6379, rediss://host:6379, or file:events.ndjson.`,
  );
}

import { existsSync } from "node:fs";
import { QscError } from "@qsc/contract";
import { eventLogKind } from "./event-log/kind.js";
import { natsKind } from "./nats/kind.js";
import type { SourceKind } from "./ports/kind.js";
import { shown } from "./ports/options.js";
import type { SourcePart } from "./ports/source.js";
import { redisKind } from "./redis/kind.js";
import { withoutPassword } from "./ports/shown-url.js";

/** Every kind of place that telemetry is read from and written to. A new kind is one folder, and one row here. */
const KINDS: readonly SourceKind[] = [redisKind, natsKind, eventLogKind];

/** @throws QscError `invalid_source` unless it is a text */
export function assertUrl(url: unknown): asserts url is string {
  if (typeof url === "string") return;
  throw new QscError(
    "invalid_source",
    `The source is ${shown(url)}; write redis://host:6379, nats://host:4222, or file:events.ndjson.`,
  );
}

/** The kind of a URL, or of a path by its file name. @throws QscError `invalid_source` if it is neither */
export function kindOf(url: string): SourceKind {
  return byScheme(url) ?? KINDS.find(({ isPath }) => isPath(url)) ?? namesNothing(url);
}

/** The same, but an existing file may have any name. @throws QscError `invalid_source` */
export function kindOfSource(url: string): SourceKind {
  return byScheme(url) ?? (url !== "" && existsSync(url) ? eventLogKind : kindOf(url));
}

/** The kind of a URL. Anything that is not a URL is a path. */
export function kindOfAny(url: string): SourceKind {
  return byScheme(url) ?? eventLogKind;
}

/** The kind of source that a part belongs to. */
export function kindOfPart({ kind }: SourcePart): SourceKind {
  return KINDS.find(({ part }) => part === kind) ?? eventLogKind;
}

function byScheme(url: string): SourceKind | undefined {
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  return scheme === undefined ? undefined : KINDS.find(({ schemes }) => schemes.includes(scheme));
}

function namesNothing(url: string): never {
  throw new QscError(
    "invalid_source",
    `'${withoutPassword(url)}' does not name a source; write redis://host:6379, nats://host:4222, or file:events.ndjson.`,
  );
}

import { readFile } from "node:fs/promises";
import { QscError, rules, type Rule } from "@qsc/contract";
import { nameSource, type OpenOptions } from "@qsc/stream-reader";
import { sha256 } from "./sha256.js";

/** Telemetry, as one process opens it. */
export interface OwnSource {
  readonly url: string;
  readonly options: OpenOptions;
  /** How documents name it: the same in every process that reads it. */
  readonly label: string;
  readonly stream: string | null;
  /** SHA-256 of each key file that entries are verified with, sorted. */
  readonly keys: readonly string[];
}

/** A source to read: its URL, and how to open it. */
export interface GivenSource {
  readonly url: string;
  readonly options?: OpenOptions;
}

const { someText, optional, shaped } = rules;
/** What every public function takes as a source. */
export const givenSource: Rule = shaped({ url: someText, options: optional(shaped({})) });

/** @throws QscError `invalid_source`, `invalid_option`, also for a key file that cannot be read */
export async function ownSource({ url, options = {} }: GivenSource): Promise<OwnSource> {
  const { stream, ca, cert, key, verifyKeys = [] } = options;
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  const name = nameSource(url, { ...(stream !== undefined && { stream }), ...tls });
  const texts = await Promise.all(verifyKeys.map(bytesOf));
  return { url, options, ...name, keys: texts.map(sha256).sort() };
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (thrown) {
    const { message } = thrown as Error;
    throw new QscError("invalid_option", `Key file ${path} cannot be read: ${message}.`, { cause: thrown });
  }
}

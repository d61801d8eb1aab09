import { promisify } from "node:util";
import { deserialize, serialize } from "node:v8";
import { deflateRaw, inflateRaw } from "node:zlib";
import type { PartCollection } from "@qsc/rollout/judging";
import { unread, type Receipt } from "./part-job.js";
import { sha256 } from "./sha256.js";

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);
/** The fastest: tables of hashes are half empty, and otherwise random. */
const LEVEL = 1;
/** The most bytes of a result, packed and not: one of a part without an end is refused instead of filling the memory. */
const MOST_BYTES = 256 * 2 ** 20;

/** What was collected from a part, as bytes. Every number, Map and table comes back as it was. */
export async function packed(collection: PartCollection): Promise<Buffer> {
  return deflate(serialize(collection), { level: LEVEL });
}

/** @throws QscError `parts_unread` if these are not the bytes of the receipt */
export async function unpacked(bytes: Buffer | null, { index, host, ...receipt }: Receipt): Promise<PartCollection> {
  const what = `the result of part ${index + 1}, from ${host},`;
  if (bytes === null) throw unread(`${what} is no longer there`);
  if (bytes.length !== receipt.bytes || bytes.length > MOST_BYTES || sha256(bytes) !== receipt.result)
    throw unread(`${what} is not as it was sent`);
  return deserialize(await inflate(bytes, { maxOutputLength: MOST_BYTES })) as PartCollection;
}

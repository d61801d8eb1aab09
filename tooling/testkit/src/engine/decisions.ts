import type { Redis } from "ioredis";

/** What the newest decision says about the process that made it. */
export interface Decision {
  readonly id: string;
  readonly bootId: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly canary: { readonly model: string; readonly weight: number } | null;
  /** The entry's fields, as in the stream. */
  readonly fields: ReadonlyMap<string, string>;
}

/** The newest decision of a stream. @throws Error if the stream is empty */
export async function newestDecision(redis: Redis, stream: string): Promise<Decision> {
  const [newest] = await redis.xrevrange(stream, "+", "-", "COUNT", 1);
  if (newest === undefined) throw new Error(`the stream ${stream} is empty`);
  const [id, list] = newest;
  const fields = new Map<string, string>();
  for (let at = 0; at < list.length; at += 2) fields.set(list[at] ?? "", list[at + 1] ?? "");
  const {
    boot_id: bootId,
    weights,
    canary,
  } = JSON.parse(fields.get("payload") ?? "{}") as {
    boot_id: string;
    weights: Decision["weights"];
    canary: Decision["canary"];
  };
  return { id, bootId, weights, canary, fields };
}

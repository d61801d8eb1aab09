import { DEFAULT_STREAM, MAX_ID, MIN_ID, type Intent, type PayloadV2 } from "@qsc/contract";
import { decodeEntry, openSource } from "@qsc/stream-reader";

/** Every intent of a source, oldest first. Throws at a place that cannot be read. */
export async function readIntents(url: string, stream: string = DEFAULT_STREAM): Promise<Intent[]> {
  await using source = await openSource(url, { stream });
  const intents: Intent[] = [];
  for await (const page of source.pages({ from: MIN_ID, to: MAX_ID })) {
    for (const item of page) {
      const read = item.kind === "entry" ? decodeEntry(item, { features: true }) : item;
      if (read.kind === "rejected") throw new Error(`${read.place}: ${read.reason}: ${read.detail}`);
      intents.push(read);
    }
  }
  return intents;
}

/** The numbers of the decisions of one boot: `<boot>:<number>`. @throws Error if there is another boot. */
export function decisionNumbers(intents: readonly Intent[]): number[] {
  const [first] = intents;
  return intents.map(({ decisionKey, engine }) => {
    if (engine?.bootId !== first?.engine?.bootId) throw new Error("there are two boots");
    return Number(/:(\d+)/.exec(decisionKey)?.[1]);
  });
}

/** Every payload of a source as it was written, oldest first. */
export async function readPayloads(url: string, stream: string = DEFAULT_STREAM): Promise<PayloadV2[]> {
  await using source = await openSource(url, { stream });
  const payloads: PayloadV2[] = [];
  for await (const page of source.pages({ from: MIN_ID, to: MAX_ID })) {
    for (const item of page) {
      if (item.kind === "rejected") throw new Error(`${item.place}: ${item.reason}: ${item.detail}`);
      payloads.push(JSON.parse(item.fields[item.fields.indexOf("payload") + 1] ?? "") as PayloadV2);
    }
  }
  return payloads;
}

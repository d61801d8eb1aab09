import { readFileSync } from "node:fs";
import type { Entry } from "@qsc-tooling/testkit";

/** The entries of the recording. */
export function recordedEntries(path: string): Entry[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Entry);
}

type Payload = Record<string, unknown> & { model_breakdown: Record<string, Record<string, unknown>> };

/** The entry with its payload changed; what `change` returns is written, as JSON unless it is text. */
export function withPayload(entry: Entry, change: (payload: Payload) => unknown): Entry {
  const payload = change(JSON.parse(entry.fields["payload"] ?? "") as Payload);
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return { ...entry, fields: { ...entry.fields, payload: text } };
}

/** The entry with something of every model's answer changed. */
export function withAnswers(entry: Entry, answer: Readonly<Record<string, unknown>>): Entry {
  return withPayload(entry, (payload) => {
    for (const model of Object.values(payload.model_breakdown)) Object.assign(model, answer);
    return payload;
  });
}

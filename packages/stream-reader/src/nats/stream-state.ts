import type { StreamInfo } from "@nats-io/jetstream";
import { QscError } from "@qsc/contract";
import type { Asked } from "./errors.js";

/** A stream, as the server describes it. */
export interface StreamState {
  readonly name: string;
  /** When it was created, as the server says it. One that replaces it has another time. */
  readonly created: string;
  readonly messages: number;
  /** The sequence number of the first message; one more than the last if there is none. */
  readonly first: number;
  /** The last sequence number given, even if its message is gone; 0 if none was. */
  readonly last: number;
  /** The mean size of a message, in bytes. */
  readonly meanBytes: number;
}

/**
 * The state of a stream that has nothing but the subject.
 * @throws QscError `source_wrong_type` for any other: a missing number would not show that an entry was lost
 */
export function streamOf({ config, created, state }: StreamInfo, asked: Asked): StreamState {
  const why = whyUnsound(config, asked.stream);
  if (why !== null) {
    throw new QscError(
      "source_wrong_type",
      `The stream '${config.name}' of JetStream at ${asked.label} ${why}, so a lost entry could not be noticed; give '${asked.stream}' a stream of its own, with the retention 'limits'.`,
    );
  }
  const { messages, bytes, first_seq, last_seq } = state;
  return {
    name: config.name,
    created,
    messages,
    first: messages === 0 ? last_seq + 1 : first_seq,
    last: last_seq,
    meanBytes: messages === 0 ? 0 : bytes / messages,
  };
}

function whyUnsound({ subjects, retention, sources, mirror }: StreamInfo["config"], subject: string): string | null {
  if (subjects.length !== 1 || subjects[0] !== subject) return `stores the subjects ${subjects.join(", ")}`;
  const kept: string = retention;
  if (kept !== "limits") return `has the retention '${retention}', and removes what was read`;
  if ((sources ?? []).length > 0 || mirror !== undefined) return "takes messages from other streams too";
  return null;
}

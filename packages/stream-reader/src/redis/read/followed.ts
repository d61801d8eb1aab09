import type { QscError } from "@qsc/contract";
import type { RedisConnection } from "../connection.js";
import type { StreamWatch } from "./stream-watch.js";

/** What a follower needs from its source. */
export interface Followed {
  readonly label: string;
  readonly watch: StreamWatch;
  /** How long an answer may take before that counts as an outage. The answer is still awaited. */
  readonly patienceMs: number;
  /** An open connection; the same one as long as it lasts. */
  connected(): Promise<RedisConnection>;
  /** Drops the connection, so that the next one is new. */
  disconnected(): void;
  /** The error for a stream that does not exist. */
  missing(): QscError;
}

import type { StreamMark } from "@qsc/contract";
import type { EventSource, FollowOptions, IdRange, SeenStream } from "./source.js";

/** How a shard is followed beside others. */
export interface ShardFollowOptions extends FollowOptions {
  /** Called after each round: everything that was there at this time (`performance.now()`) has been given. */
  readonly onRead?: (askedMs: number) => void;
  /** How to wait between two rounds. Default: for that long. */
  readonly rest?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A stream that can be merged with others of its kind. */
export interface ShardSource extends EventSource {
  readonly stream: string;
  /**
   * Where the stream ends now, as a mark of everything up to there.
   * @throws QscError `source_missing`, `source_wrong_type` and others
   */
  end(): Promise<StreamMark>;
  /** What it is now, for those who will read a part of it. */
  seen(): Promise<SeenStream>;
  mark(): StreamMark | null;
  follow(after: Parameters<EventSource["follow"]>[0], options: ShardFollowOptions): ReturnType<EventSource["follow"]>;
}

/** A part that is to be read. */
export interface PartOfStream {
  /** The range of which it is a part. */
  readonly whole: IdRange;
  /** The stream when that was divided; null if this process knows nothing of it. */
  readonly seen: SeenStream | null;
}

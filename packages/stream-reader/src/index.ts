export { decodeEntry, type DecodeOptions } from "./decode/decode-entry.js";
export { readItem } from "./decode/read-item.js";
export { decodeFeatures } from "./decode/decode-features.js";
export type {
  ClockReading,
  EventReader,
  EventSource,
  FollowOptions,
  Gap,
  IdRange,
  RawEntry,
  SeenStream,
  ShardState,
  SourceItem,
  SourcePart,
  SourceState,
} from "./ports/source.js";
export { memorySource, type MemorySource, type MemorySourceOptions } from "./memory/memory-source.js";
export { assertSourceUrl, eventLogOf, nameSource, tlsFilesOf } from "./source-url.js";
export type { NamedSource } from "./ports/kind.js";
export type { OpenOptions } from "./ports/open-options.js";
export { openPart, openSource } from "./open.js";
export { streamKeys } from "./sharded/stream-keys.js";
export { ownId, shardOf } from "./sharded/shard-id.js";
export type { TlsFiles } from "./ports/tls-files.js";
export { standsOutside, type Neighbours } from "./event-log/read/unplaced.js";

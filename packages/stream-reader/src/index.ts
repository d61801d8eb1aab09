export { decodeEntry, type DecodeOptions } from "./decode/decode-entry.js";
export { decodeFeatures } from "./decode/decode-features.js";
export type {
  ClockReading,
  EventReader,
  EventSource,
  FollowOptions,
  Gap,
  IdRange,
  RawEntry,
  SourceItem,
  SourcePart,
  SourceState,
} from "./port.js";
export { memorySource, type MemorySource, type MemorySourceOptions } from "./memory-source.js";
export { assertSourceUrl, journalOf, nameSource, tlsFilesOf, type NamedSource } from "./source-url.js";
export type { OpenOptions } from "./open-options.js";
export { openPart, openSource } from "./open.js";
export type { TlsFiles } from "./tls-files.js";
export { standsOutside, type Neighbours } from "./unplaced.js";

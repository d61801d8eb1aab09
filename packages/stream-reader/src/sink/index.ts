export type { Ahead } from "./ahead.js";
export { entryIds } from "./entry-ids.js";
export { openSink, type OpenSinkOptions } from "./open.js";
export type { EventSink, NewEntry, Repair } from "../ports/sink.js";

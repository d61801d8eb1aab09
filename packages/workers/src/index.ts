export { queueLabel } from "./connection.js";
export type { GivenSource } from "./own-source.js";
export { spreadReaders, type SpreadProgress, type SpreadRequest } from "./readers.js";
export { serveParts, type WorkerRequest } from "./worker.js";

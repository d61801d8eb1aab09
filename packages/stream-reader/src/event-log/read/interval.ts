/** Event logs are looked at this often even when the system tells of no change, in milliseconds. */
export const INTERVAL_MS = 250;

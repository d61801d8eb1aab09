/** How often event logs are checked even if the system reports no change, in milliseconds. */
export const INTERVAL_MS = 250;

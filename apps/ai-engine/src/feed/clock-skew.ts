/** Further ahead of this host's clock than this, in milliseconds, an ID is of the future: its writer's clock is wrong, or this one. */
export const CLOCK_SKEW_MS = 5000;

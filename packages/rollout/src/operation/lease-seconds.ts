/**
 * How long a canary may go without a renewal of its lease before it is rolled back. In a file of its own, as judging
 * code needs it too.
 */
export const LEASE_SECONDS = 45;

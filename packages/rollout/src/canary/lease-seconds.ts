/** How long a canary may go without a renewal of its lease before it is taken back. Apart, as requests of judges know it too. */
export const LEASE_SECONDS = 45;

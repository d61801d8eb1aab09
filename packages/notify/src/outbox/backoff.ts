/** The waits between attempts, in milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  /** The ceiling: no wait is longer. */
  readonly mostMs: number;
}

/** A person fixes a channel within minutes, so that it is tried at least that often. */
export const BACKOFF: Backoff = { firstMs: 1_000, mostMs: 300_000 };

/**
 * How long to wait after a number of failed attempts: twice as long each time up to the ceiling, of which a random half
 * is left out, so that many hosts do not knock at the same moment ("equal jitter"). What the other side asks for
 * (Retry-After) is kept, up to the ceiling.
 * @param attempts from 1
 * @param random in [0, 1)
 */
export function backoffMs(attempts: number, askedMs: number | null, random: number, rule: Backoff = BACKOFF): number {
  // 2^30 is beyond any ceiling, and no exponent overflows.
  const whole = Math.min(rule.mostMs, rule.firstMs * 2 ** Math.min(attempts - 1, 30));
  const own = whole / 2 + (whole / 2) * random;
  return Math.min(rule.mostMs, Math.max(own, askedMs ?? 0));
}

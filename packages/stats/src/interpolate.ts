/**
 * The point a fraction `t` in [0, 1] of the way from `low` to `high` (`low <= high`). Never outside
 * [low, high], exact at both ends, and no overflow for ends of opposite sign (as C++20 std::lerp).
 */
export function interpolate(low: number, high: number, t: number): number {
  if (t === 0 || low === high) return low;
  const opposite = low < 0 && high > 0;
  const value = opposite ? low * (1 - t) + high * t : low + t * (high - low);
  return Math.min(high, Math.max(low, value));
}

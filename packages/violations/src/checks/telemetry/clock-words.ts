import { describeDuration } from "@qsc/contract";
import type { ClockOffset } from "./telemetry-context.js";

/** Bounds closer than this are shown as one number. */
const EXACT_MS = 1000;

/** An offset for a person: one number when its bounds are close, otherwise the minimum and the maximum. */
export function describeClock(offset: ClockOffset): string {
  const [least, most] = [describeDuration(nearest(offset)), describeDuration(farthest(offset))];
  return offset.high - offset.low < EXACT_MS || least === most ? most : `${least} to ${most}`;
}

/** Why an offset is unknown, and what to do. */
export function describeUnknown({ low, high }: ClockOffset): string {
  if (!Number.isFinite(high - low) || low > high)
    return "how far the clock of the source is from this host's cannot be told: look at both";
  const bounds = `from ${describeDuration(Math.max(0, -low))} behind to ${describeDuration(Math.max(0, high))} ahead of this host's`;
  return `the source took ${describeDuration(high - low)} to tell its time, so that its clock may be anything ${bounds}: try again, and look at what slows the server or the network down`;
}

/** The minimum and the maximum difference between the clocks. */
export function nearest({ low, high }: ClockOffset): number {
  return Math.max(0, low, -high);
}

export function farthest({ low, high }: ClockOffset): number {
  return Math.max(Math.abs(low), Math.abs(high));
}

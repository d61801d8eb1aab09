import { describeDuration } from "@qsc/contract";
import type { ClockOffset } from "./telemetry-context.js";

/** Bounds that are closer than this are one number to a person. */
const EXACT_MS = 1000;

/** An offset as a person reads it: a number where its bounds are close, else what it is at the least and at the most. */
export function describeClock(offset: ClockOffset): string {
  const [least, most] = [describeDuration(nearest(offset)), describeDuration(farthest(offset))];
  return offset.high - offset.low < EXACT_MS || least === most ? most : `${least} to ${most}`;
}

/** Why an offset cannot be told, and what to do. */
export function describeUnknown({ low, high }: ClockOffset): string {
  if (!Number.isFinite(high - low) || low > high) return "how far the clock of the source is from this host's cannot be told: look at both";
  const bounds = `from ${describeDuration(Math.max(0, -low))} behind to ${describeDuration(Math.max(0, high))} ahead of this host's`;
  return `the source took ${describeDuration(high - low)} to tell its time, so that its clock may be anything ${bounds}: try again, and look at what slows the server or the network down`;
}

/** The least and the most that the clocks differ by. */
export function nearest({ low, high }: ClockOffset): number {
  return Math.max(0, low, -high);
}

export function farthest({ low, high }: ClockOffset): number {
  return Math.max(Math.abs(low), Math.abs(high));
}

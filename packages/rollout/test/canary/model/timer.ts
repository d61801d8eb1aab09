import { guardUnits, type Guard } from "@qsc/systemd";
import type { Machine } from "./machine.js";
import { rememberingLast } from "./remembering.js";

/** A dead-man's timer, according to its unit file. */
export type TimerText = (guard: Guard) => string;

/** As the product writes it. */
export const looksOf: TimerText = (guard) => guardUnits(guard).find(({ name }) => name.endsWith(".timer"))?.text ?? "";

/** When a timer that starts now fires for the first time: at once, if the time since the boot has already passed. */
export function firstLook(machine: Machine): number {
  const { bootedAtMs, monotonicMs } = machine;
  const { onBoot, onActive } = timesOf(machine);
  return Math.min(Math.max(bootedAtMs + onBoot, monotonicMs), monotonicMs + onActive, afterLook(machine));
}

/** When it fires again. */
export function lookAfter(machine: Machine): number {
  return afterLook(machine);
}

/** As in systemd 252: `OnActiveSec=` begins again, and a time since the boot that has passed stays passed. */
export function lookAfterReload(machine: Machine): number {
  const { bootedAtMs, monotonicMs, guard } = machine;
  // It is due, so the service has already been started.
  if (guard.nextLookMs <= monotonicMs) return guard.nextLookMs;
  const { onBoot, onActive } = timesOf(machine);
  const boot = bootedAtMs + onBoot;
  return Math.min(boot >= monotonicMs ? boot : Infinity, monotonicMs + onActive, afterLook(machine));
}

function afterLook(machine: Machine): number {
  const { lookedAtMs } = machine.guard;
  return lookedAtMs === null ? Infinity : lookedAtMs + timesOf(machine).onUnitActive;
}

interface Times {
  readonly onBoot: number;
  readonly onActive: number;
  readonly onUnitActive: number;
}

/** In milliseconds; Infinity for what the timer does not have. */
function timesOf({ guard, timerText }: Machine): Times {
  return guard.timer === null ? timesIn("") : timesIn(textOf(timerText, guard.timer));
}

/** Rendered once: it is needed every few seconds of a canary's life. */
function textOf(timerText: TimerText, timer: Guard): string {
  const known = rendered.get(timer);
  if (known?.timerText === timerText) return known.text;
  const text = timerText(timer);
  rendered.set(timer, { timerText, text });
  return text;
}

const rendered = new WeakMap<Guard, { readonly timerText: TimerText; readonly text: string }>();

const timesIn = rememberingLast((text): Times => {
  const seconds = (key: string): number => {
    const value = new RegExp(`^${key}=(\\d+)s$`, "m").exec(text)?.[1];
    return value === undefined ? Infinity : Number(value) * 1000;
  };
  return { onBoot: seconds("OnBootSec"), onActive: seconds("OnActiveSec"), onUnitActive: seconds("OnUnitActiveSec") };
});

import type { FleetDocument } from "@qsc/contract";
import type { FleetHost } from "../inventory.js";
import type { Answer } from "../ssh/answer.js";
import type { FleetContext } from "./context.js";
import { documentOf, type FleetReason } from "./document.js";
import { holdAll } from "./hold.js";
import { codeOf, whyOf } from "./standing.js";
import { rollBackHost } from "./rollback.js";
import { askStatus, type HostStatus } from "./status.js";
import { WavesRun, type WaveAction } from "./waves-run.js";

/** What all commands that act in waves are asked. */
export interface InWaves {
  readonly waves: readonly (readonly FleetHost[])[];
  /** How long to wait after each wave but the last, in milliseconds. */
  readonly soakMs: number;
}

/** What `qsc fleet activate` is asked. */
export interface FleetActivateRequest extends InWaves {
  readonly model: string;
  /** Further words for `qsc activate` on each host. */
  readonly further: readonly string[];
}

/** What `qsc fleet promote` is asked. */
export interface FleetPromoteRequest extends InWaves {
  readonly to: 0.5 | 1;
  /** Further words for `qsc promote` on each host. */
  readonly further: readonly string[];
}

/** The share of the vote of a new canary. */
const FIRST_SHARE = 0.1;
const CANARIES: readonly (string | null)[] = ["canary", "eligible", "promoted"];

/**
 * Gives a model 10 % of the vote on every host, in waves, each host by its own gate. Hosts that have this canary already
 * are done: so a command that was interrupted goes on where it was.
 */
export function fleetActivate(context: FleetContext, request: FleetActivateRequest): Promise<FleetDocument> {
  const { model, further } = request;
  const act = async (host: FleetHost, signal: AbortSignal): Promise<Answer> => {
    const cutover = await context.run(host, { command: "cutover", words: ["--json"], signal, beats: false }).ended;
    if (cutover.kind !== "proven") return cutover;
    const { cutover: started } = cutover.document;
    if (typeof started !== "string") return { kind: "unclear", detail: "it names no start of its process" };
    if (signal.aborted) return { kind: "unclear", detail: "it was stopped before the activation began" };
    const words = ["--model", model, "--cutover", started, "--watch-unit", "none", ...further, "--json"];
    return context.run(host, { command: "activate", words, signal, beats: true }).ended;
  };
  return shifted(context, request, {
    action: "activate",
    act,
    isDone: (status) => CANARIES.includes(status.phase) && status.model === model && status.share === FIRST_SHARE,
    isReady: ({ phase }) => phase === "baseline",
    ready: `in phase baseline, or have ${model} as a canary with 10 % already`,
  });
}

/** Gives the canary of every host its next share, in waves. Hosts that have it already are done. */
export function fleetPromote(context: FleetContext, request: FleetPromoteRequest): Promise<FleetDocument> {
  const { to, further } = request;
  const percent = String(to * 100);
  const words = ["--to", percent, "--watch-unit", "none", ...further, "--json"];
  return shifted(context, request, {
    action: "promote",
    act: (host, signal) => context.run(host, { command: "promote", words, signal, beats: true }).ended,
    isDone: ({ phase, share }) => CANARIES.includes(phase) && share === to,
    isReady: ({ phase, share }) => phase === "eligible" && share !== null && share < to,
    ready: `eligible, or have ${percent} % already`,
  });
}

interface Shift {
  readonly action: "activate" | "promote";
  readonly act: WaveAction["act"];
  readonly isDone: (status: HostStatus) => boolean;
  readonly isReady: (status: HostStatus) => boolean;
  /** How a host must be, after "must be". */
  readonly ready: string;
}

async function shifted(context: FleetContext, { waves, soakMs }: InWaves, shift: Shift): Promise<FleetDocument> {
  const { action, act } = shift;
  const wave: WaveAction = {
    name: action,
    act,
    back: (host, reason) => rollBackHost(context, host, reason),
    isUndone: async (host) => {
      const { answer, phase } = await askStatus(context, host, new AbortController().signal);
      return answer.kind === "proven" && phase === "baseline";
    },
    keeps: true,
  };
  return heldRun(context, { action, waves, soakMs }, wave, async () => {
    const { statuses, reasons } = await examined(context, shift);
    const done = new Map<string, string | null>();
    for (const [name, status] of statuses) if (isDone(status, shift)) done.set(name, status.phase);
    // Their watches ended with the command that was interrupted, or with that which made them eligible.
    const watched = context.inventory.hosts.filter(({ name }) => {
      const phase = statuses.get(name)?.phase;
      return phase === "canary" || phase === "eligible";
    });
    return { reasons, done, watched };
  });
}

/** What a host says of its canary only counts if all its signs agree. */
function isDone(status: HostStatus, shift: Shift): boolean {
  return status.answer.kind === "proven" && shift.isDone(status);
}

async function examined(
  context: FleetContext,
  shift: Shift,
): Promise<{ readonly statuses: ReadonlyMap<string, HostStatus>; readonly reasons: readonly FleetReason[] }> {
  const { hosts } = context.inventory;
  const asked = await Promise.all(hosts.map(async (host) => [host.name, await askStatus(context, host)] as const));
  const reasons = asked.flatMap(([name, status]): readonly FleetReason[] => {
    if (isDone(status, shift) || shift.isReady(status)) return [];
    const { answer, phase, model, share } = status;
    if (answer.kind === "unreachable" || answer.kind === "unclear" || shift.isDone(status))
      return answer.kind === "proven" ? [] : [{ code: codeOf(answer), text: `${name}: ${whyOf(answer)[0]}` }];
    const canary =
      model === null ? "" : `, with ${model} at ${share === null ? "an unknown share" : `${share * 100} %`}`;
    return [
      { code: "fleet_mixed", text: `${name} must be ${shift.ready}; it is in phase ${phase ?? "unknown"}${canary}.` },
    ];
  });
  return { statuses: new Map(asked), reasons };
}

/** What is found on the hosts before anything is done to them. */
export interface Examined {
  /** Why nothing may be done. */
  readonly reasons: readonly FleetReason[];
  readonly done: ReadonlyMap<string, string | null>;
  readonly watched: readonly FleetHost[];
}

/** Holds every host, examines them, and acts in waves. If any of that is refused, no host is touched. */
export async function heldRun(
  context: FleetContext,
  { action, waves, soakMs }: InWaves & { readonly action: "activate" | "promote" | "deploy" },
  wave: WaveAction,
  examine: () => Promise<Examined>,
): Promise<FleetDocument> {
  let run: WavesRun | null = null;
  const lost: (readonly [FleetHost, string])[] = [];
  const held = await holdAll(context, (host, why) => {
    lost.push([host, why]);
    run?.lose(host, why);
  });
  try {
    if (held.reasons.length > 0)
      return documentOf(context, { action, reasons: held.reasons, standing: new Map(), waves });
    const { reasons, done, watched } = await examine();
    if (reasons.length > 0) return documentOf(context, { action, reasons, standing: new Map(), waves });
    run = new WavesRun(context, wave, { waves, done, watched, soakMs });
    for (const [host, why] of lost) run.lose(host, why);
    const end = await run.run();
    return documentOf(context, { action, waves, ...end, warnings: unwatchedWarnings(context, end.unwatched) });
  } finally {
    await held.release();
  }
}

/** What an operator has to know of canaries that a command leaves. */
export function unwatchedWarnings({ bounds }: FleetContext, count: number): readonly string[] {
  if (count === 0) return [];
  return [
    `${count === 1 ? "One host has a canary" : `${count} hosts have canaries`} that nothing watches from now on: run the next qsc fleet command at once. A canary that is not watched for ${bounds.lease} s is rolled back.`,
  ];
}

import type { FleetHost, Inventory } from "../inventory.js";
import type { Asked, Started } from "../ssh/run.js";

/** What a command on a fleet works with: each function is an effect. */
export interface FleetContext {
  readonly inventory: Inventory;
  /** Runs `qsc` on a host. */
  readonly run: (host: FleetHost, asked: Asked) => Started;
  /** Aborted when the operator interrupts the command. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after this many milliseconds, or as soon as the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Who acts and where, for those who find a host held. */
  readonly by: string;
  /** How long a canary lives without a watch, and until an unwatched one is rolled back at the latest, in seconds. */
  readonly bounds: { readonly lease: number; readonly promise: number };
  /** Tells the operator at once what happened on a host; null: on the fleet. */
  readonly say: (host: string | null, sentence: string) => void;
  /** Where this command runs, and its version, for the document. */
  readonly place: { readonly host: string; readonly toolVersion: string };
}

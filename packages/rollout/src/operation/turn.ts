import type { OperationContext } from "./context.js";

/** The right to act on a unit: its lock, or the permission to act without it. */
export interface Turn {
  readonly release: () => Promise<void>;
  /** Set if this command acts without the lock; null if it holds the lock, or needs none. */
  readonly takesOver: TakeOver | null;
}

/**
 * Acting without the lock, because another command holds it and hangs. It may wake up: the dead-man stays armed until
 * it has ended.
 */
export interface TakeOver {
  /** Why the dead-man is not disarmed, as a sentence. */
  readonly why: string;
  /** Tries to take the lock after all, and answers whether it did. Never rejects. */
  readonly getsLock: () => Promise<boolean>;
}

/** Waits up to `waitMs` for the unit's lock. @throws QscError `canary_locked` if another command keeps it */
export async function lockedTurn({ lock }: OperationContext, waitMs: number, signal?: AbortSignal): Promise<Turn> {
  return { release: await lock.acquire(waitMs, signal), takesOver: null };
}

/** For commands that change nothing: they leave no lock behind, and need no right to take one. */
export const FREE_TURN: Turn = { release: () => Promise.resolve(), takesOver: null };

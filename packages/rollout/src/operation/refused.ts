import type { Reason } from "./document.js";

/** Ends an operation before it has changed anything; carries the findings so far for its document. */
export class Refused<Found> extends Error {
  readonly reasons: readonly Reason[];
  readonly found: Partial<Found>;
  readonly isCollection: boolean;

  /** @param message the detail of the step that failed */
  constructor(
    message: string,
    reasons: readonly Reason[],
    { found, isCollection = false }: { readonly found: Partial<Found>; readonly isCollection?: boolean },
  ) {
    super(message);
    this.reasons = reasons;
    this.found = found;
    this.isCollection = isCollection;
  }
}

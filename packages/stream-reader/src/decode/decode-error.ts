import type { RejectionReason } from "@qsc/contract";

/** Why an entry cannot be read. `decodeEntry` turns it into a Rejection. It never leaves this package. */
export class DecodeError extends Error {
  readonly reason: RejectionReason;

  constructor(reason: RejectionReason, detail: string) {
    super(detail);
    this.name = "DecodeError";
    this.reason = reason;
  }
}

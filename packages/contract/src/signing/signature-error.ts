/** Why a signature proves nothing: one phrase without a full stop, for the caller's own error. */
export class SignatureError extends Error {
  override readonly name = "SignatureError";
}

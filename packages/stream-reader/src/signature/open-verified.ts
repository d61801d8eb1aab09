import { QscError } from "@qsc/contract";
import type { OpenOptions } from "../ports/open-options.js";
import type { Verifier } from "./verify-entry.js";

/** The verifier for a stream; null if the options name no keys. @throws QscError `invalid_option` */
export async function verifierOf(
  { verifyKeys }: Pick<OpenOptions, "verifyKeys">,
  stream: string,
): Promise<Verifier | null> {
  if (verifyKeys === undefined) return null;
  if (verifyKeys.length === 0)
    throw new QscError("invalid_option", "verifyKeys is empty; name a key file, or leave it out.");
  const [{ readVerificationKey }, { entryVerifier }] = await Promise.all([
    import("./key-files.js"),
    import("./verify-entry.js"),
  ]);
  return entryVerifier(stream, await Promise.all(verifyKeys.map(readVerificationKey)));
}

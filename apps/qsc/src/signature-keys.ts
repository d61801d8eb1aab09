import { QscError } from "@qsc/contract";
import type { SigningKey, VerificationKey } from "@qsc/contract/signing";
import { requireOwn } from "./read-file.js";

/**
 * The private key that a command signs with.
 * @throws QscError `usage` if none is named; `invalid_option` for a file that others may read or replace
 */
export async function signingKeyFrom(path: string | null, command: string): Promise<SigningKey> {
  if (path === null) throw new QscError("usage", `${command} needs a private key; name its file with --signing-key.`);
  const { readSigningKeyFile } = await import("@qsc/contract/signing");
  await requireOwn("Key file", path, "invalid_option");
  return readSigningKeyFile(path);
}

/**
 * The public keys that a command verifies with.
 * @throws QscError `invalid_option` for a file that others may write to or replace
 */
export async function publicKeysFrom(paths: readonly string[]): Promise<readonly VerificationKey[]> {
  const { readVerificationKeyFile } = await import("@qsc/contract/signing");
  for (const path of paths) await requireOwn("Key file", path, "invalid_option");
  return Promise.all(paths.map(readVerificationKeyFile));
}

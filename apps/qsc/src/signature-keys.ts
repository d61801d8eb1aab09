import { QscError } from "@qsc/contract";
import type { SigningKey, VerificationKey } from "@qsc/contract/signing";
import type { ModelSignatures } from "@qsc/rollout";
import { readOptionFile, requireOwn } from "./read-file.js";
import type { Settings } from "./settings/table.js";

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

/**
 * The signatures of models that the settings name; null if they name no key.
 * @throws QscError `invalid_config` for an empty name; `invalid_option` for a key that others may write to or replace;
 * `signature_missing` for a signature that cannot be read
 */
export async function modelSignaturesFrom(settings: Settings): Promise<ModelSignatures | null> {
  const keys = pathsIn("modelKey", settings.modelKey);
  if (keys.length === 0) return null;
  const { readModelTrust } = await import("@qsc/contract/signing");
  for (const path of keys) await requireOwn("Key file", path, "invalid_option");
  const trust = await readModelTrust(keys);
  const files: ModelSignatures["files"][number][] = [];
  for (const path of pathsIn("modelSignature", settings.modelSignature))
    files.push({ path, text: await readOptionFile("Signature", path, "signature_missing") });
  return { trust, files };
}

function pathsIn(name: string, given: string | null): readonly string[] {
  if (given === null) return [];
  const paths = given.split(",").map((path) => path.trim());
  if (!paths.includes("")) return paths;
  throw new QscError(
    "invalid_config",
    `The setting ${name} '${given}' has an empty name; separate paths with single commas.`,
  );
}

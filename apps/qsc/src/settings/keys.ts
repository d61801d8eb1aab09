import { QscError } from "@qsc/contract";
import type { TlsFiles } from "@qsc/stream-reader";
import type { Settings } from "./table.js";

/** The TLS files that the settings name. */
export function tlsFiles({ ca, cert, key }: Settings): TlsFiles {
  return { ...(ca !== null && { ca }), ...(cert !== null && { cert }), ...(key !== null && { key }) };
}

/**
 * The key files that verify entries; empty if none is named.
 * @throws QscError `invalid_config` for an empty name
 */
export function verifyKeysOf({ verifyKey }: Settings): readonly string[] {
  if (verifyKey === null) return [];
  const paths = verifyKey.split(",").map((path) => path.trim());
  if (!paths.includes("")) return paths;
  throw new QscError(
    "invalid_config",
    `The verification keys '${verifyKey}' contain an empty name; separate paths with single commas.`,
  );
}

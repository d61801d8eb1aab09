import { createHash, generateKeyPairSync } from "node:crypto";

/** A key pair as PEM, and the SHA-256 of its public half's file. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly sha256: string;
}

/** A fresh pair. */
export function keyPair(curve: "ed25519" | "P-256" | "P-384" | "P-521"): KeyPair {
  const pair = curve === "ed25519" ? generateKeyPairSync(curve) : generateKeyPairSync("ec", { namedCurve: curve });
  const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
  return { privateKey, publicKey, sha256: createHash("sha256").update(publicKey).digest("hex") };
}

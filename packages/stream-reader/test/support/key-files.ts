import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";

/** A key as an operator makes it: the file that signs, and the one that verifies. */
export interface KeyFiles {
  readonly signs: string;
  readonly verifies: string;
}

/** An Ed25519 pair. */
export function keyPair(directory: string, name: string): KeyFiles {
  const [signs, verifies] = [`${directory}/${name}.pem`, `${directory}/${name}.pub.pem`];
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  writeFileSync(signs, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  writeFileSync(verifies, publicKey.export({ type: "spki", format: "pem" }), { mode: 0o644 });
  return { signs, verifies };
}

/** A secret that both sides have. */
export function secretFile(directory: string, name: string): KeyFiles {
  const path = `${directory}/${name}.secret`;
  writeFileSync(path, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
  return { signs: path, verifies: path };
}

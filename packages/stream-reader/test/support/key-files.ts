import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";

/** A key as an operator makes it: the file that signs, and the one that verifies. */
export interface KeyFiles {
  readonly signs: string;
  readonly verifies: string;
}

/** An Ed25519 pair, made with openssl. */
export function keyPair(directory: string, name: string): KeyFiles {
  const [signs, verifies] = [`${directory}/${name}.pem`, `${directory}/${name}.pub.pem`];
  execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", signs], { stdio: "ignore" });
  execFileSync("chmod", ["600", signs]);
  execFileSync("openssl", ["pkey", "-in", signs, "-pubout", "-out", verifies], { stdio: "ignore" });
  execFileSync("chmod", ["644", verifies]);
  return { signs, verifies };
}

/** A secret that both sides have. */
export function secretFile(directory: string, name: string): KeyFiles {
  const path = `${directory}/${name}.secret`;
  writeFileSync(path, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
  return { signs: path, verifies: path };
}

import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
} from "node:crypto";
import { constants, open } from "node:fs/promises";
import { QscError } from "@qsc/contract";
import type { SignatureAlgorithm } from "./signed-text.js";

/** A key that signs or verifies entries. */
export interface SignatureKey {
  readonly algorithm: SignatureAlgorithm;
  /** 16 hex digits derived from the key, the same for both halves of a pair. */
  readonly id: string;
  readonly key: KeyObject;
}

/** Key files are much smaller. */
const MOST_BYTES = 16 * 1024;
/** At least as long as the output of HMAC-SHA256. */
const SECRET = /^(?:[\da-f]{2}){32,128}$/i;
const REMEDY = "Make a pair with openssl genpkey -algorithm ed25519, or a secret with openssl rand -hex 32";

/**
 * The key that an engine signs with: an Ed25519 private key (PEM), or a secret of at least 64 hex digits. Only the
 * owner of the file may be able to read it.
 * @throws QscError `invalid_option` that names the file
 */
export async function readSigningKey(path: string): Promise<SignatureKey> {
  const { text, mode } = await readKeyFile(path);
  requireSecrecy(path, mode);
  if (SECRET.test(text)) return secretKey(text);
  return pairKey(path, () => createPrivateKey(text), "an Ed25519 private key");
}

/**
 * A key that a reader verifies with: an Ed25519 public key (PEM), or the engine's secret, in a file that only its owner
 * can read.
 * @throws QscError `invalid_option` that names the file
 */
export async function readVerificationKey(path: string): Promise<SignatureKey> {
  const { text, mode } = await readKeyFile(path);
  if (SECRET.test(text)) {
    requireSecrecy(path, mode);
    return secretKey(text);
  }
  if ((mode & 0o022) !== 0)
    throw invalid(
      path,
      `may be written by others (mode ${octal(mode)}), who could put their own key there: chmod go-w it`,
    );
  if (text.includes("PRIVATE KEY"))
    throw invalid(
      path,
      "holds a private key, which belongs to the engine alone: name its public key (openssl pkey -in KEY -pubout)",
    );
  return pairKey(path, () => createPublicKey(text), "an Ed25519 public key");
}

function secretKey(text: string): SignatureKey {
  const bytes = Buffer.from(text, "hex");
  const id = createHmac("sha256", bytes).update("qsc-key-id").digest("hex").slice(0, 16);
  return { algorithm: "hmac-sha256", id, key: createSecretKey(bytes) };
}

function pairKey(path: string, make: () => KeyObject, what: string): SignatureKey {
  let key: KeyObject;
  try {
    key = make();
  } catch (cause) {
    throw invalid(path, `is neither ${what} (PEM) nor a secret of at least 64 hex digits. ${REMEDY}`, cause);
  }
  if (key.asymmetricKeyType !== "ed25519")
    throw invalid(path, `holds a key of type ${String(key.asymmetricKeyType)}, not ${what}. ${REMEDY}`);
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  const id = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex")
    .slice(0, 16);
  return { algorithm: "ed25519", id, key };
}

async function readKeyFile(path: string): Promise<{ readonly text: string; readonly mode: number }> {
  try {
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { mode, size } = await file.stat().then((stat) => {
      if (!stat.isFile()) throw new Error("it is not a regular file");
      return stat;
    });
    if (size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
    return { text: (await file.readFile("utf8")).trim(), mode: mode & 0o777 };
  } catch (cause) {
    throw invalid(path, `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function requireSecrecy(path: string, mode: number): void {
  if ((mode & 0o077) !== 0)
    throw invalid(
      path,
      `is open to others (mode ${octal(mode)}): chmod 600 it, and make a new key if others could read it`,
    );
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function invalid(path: string, problem: string, cause?: unknown): QscError {
  return new QscError("invalid_option", `Key file ${path} ${problem}.`, { cause });
}

import { constants, open } from "node:fs/promises";
import { QscError } from "../errors.js";
import { signingKeyOf, verificationKeyOf, type SigningKey, type VerificationKey } from "./keys.js";

/** Keys and certificates are much smaller. */
const MOST_BYTES = 256 * 1024;

/**
 * A private key in a file that its owner alone may read.
 * @throws QscError `invalid_option` that names the file
 */
export async function readSigningKeyFile(path: string): Promise<SigningKey> {
  const { text, mode } = await readKeyFile(path);
  if ((mode & 0o077) !== 0)
    throw invalid(
      path,
      `is open to others (mode ${octal(mode)}): chmod 600 it, and make a new key if others could read it`,
    );
  return parsed(path, () => signingKeyOf(text));
}

/**
 * A public key in a file that no one but its owner may write to.
 * @throws QscError `invalid_option` that names the file
 */
export async function readVerificationKeyFile(path: string): Promise<VerificationKey> {
  const text = await readPublicFile(path);
  return parsed(path, () => verificationKeyOf(text));
}

/**
 * The text of a file with public keys or certificates, that no one but its owner may write to.
 * @throws QscError `invalid_option` that names the file
 */
export async function readPublicFile(path: string): Promise<string> {
  const { text, mode } = await readKeyFile(path);
  if ((mode & 0o022) !== 0)
    throw invalid(
      path,
      `may be written by others (mode ${octal(mode)}), who could put their own key there: chmod go-w it`,
    );
  return text;
}

async function readKeyFile(path: string): Promise<{ readonly text: string; readonly mode: number }> {
  try {
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error("it is not a regular file");
    if (stats.size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
    return { text: await file.readFile("utf8"), mode: stats.mode & 0o777 };
  } catch (cause) {
    throw invalid(path, `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function parsed<Key>(path: string, parse: () => Key): Key {
  try {
    return parse();
  } catch (cause) {
    throw invalidKeyFile(path, cause);
  }
}

/** Says which file cannot be used, and why. */
export function invalidKeyFile(path: string, cause: unknown): QscError {
  return invalid(path, cause instanceof Error ? cause.message : String(cause), cause);
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function invalid(path: string, problem: string, cause?: unknown): QscError {
  return new QscError("invalid_option", `Key file ${path} ${problem}.`, { cause });
}

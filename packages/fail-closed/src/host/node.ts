import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** What is asked of the runtime: here of Node. The file beside this one has the same for runtimes without files. */

export { basename, readFile };

/** The path of a file that is in the same directory as another one. */
export function besideFile(path: string, name: string): string {
  return join(dirname(path), name);
}

/**
 * The files that a model's signature covers, each with its SHA-256.
 * @param trusted PEM files with keys and certificates
 * @throws Error that says what is wrong
 */
export async function openModelSignature(
  text: string,
  trusted: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const signing = await import("@qsc/contract/signing");
  return signing.openModelSignature(text, await signing.readModelTrust(trusted), Date.now()).files;
}

/** Tells the process of a fault that disturbs nothing. */
export function warn(message: string, code: string): void {
  process.emitWarning(message, { type: "QscWarning", code });
}

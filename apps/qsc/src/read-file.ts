import { readFile } from "node:fs/promises";
import { QscError, type ErrorCode } from "@qsc/contract";

/** The text of a file that an option names. @throws QscError of the code, naming the file and why. */
export async function readOptionFile(what: string, path: string, code: ErrorCode): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new QscError(code, `${what} ${path} cannot be read: ${why}.`, { cause });
  }
}

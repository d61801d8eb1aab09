import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Replaces a file's value atomically. A reader sees the old value or the new one. */
export function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(value)}\n`, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The value in a file; null if the file does not exist. @throws SyntaxError if it is incomplete */
export function readJson(path: string): unknown {
  const text = readText(path);
  return text === null ? null : JSON.parse(text);
}

/** The text of a file; null if it does not exist. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

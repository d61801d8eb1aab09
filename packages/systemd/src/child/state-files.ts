import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Puts a value in the place of a file at once. A reader finds the old one or the new one. */
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

/** The value of a file; null where there is none. @throws SyntaxError where it is torn */
export function readJson(path: string): unknown {
  const text = readText(path);
  return text === null ? null : JSON.parse(text);
}

/** The text of a file; null where there is none. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

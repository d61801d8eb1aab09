import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** Paths of this program: as it was called, and without links. */
export function ownPlaces(): readonly string[] {
  const program = process.argv[1] ?? "";
  return [program, realpathSync(program)];
}

/**
 * What a package exports that is too large to be installed with `qsc`; null if it is not there. It is looked for beside
 * `qsc`, and not in the current directory: what is there may be another user's.
 *
 * @param places paths of this program
 */
export async function importBeside(places: readonly string[], name: string): Promise<unknown> {
  for (const place of places) {
    const path = found(place, name);
    if (path !== null) return import(pathToFileURL(path).href);
  }
  return null;
}

function found(place: string, name: string): string | null {
  try {
    return createRequire(place).resolve(name);
  } catch {
    return null;
  }
}

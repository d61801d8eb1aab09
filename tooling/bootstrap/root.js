import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The root of the working copy. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The part of the root's package.json that the bootstrap uses. */
export const manifest = /** @type {{ engines: { node: string }, packageManager: string }} */ (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
);

import { dirname, join } from "node:path";
import { QscError } from "@qsc/contract";

/** Whether a path is a pattern of names, as in glob(7). */
export function isPattern(path: string): boolean {
  return /[*?[\\]/.test(path);
}

/**
 * The paths that match a pattern, sorted, as glob(3) finds them: `*`, `?`, `[...]` and a backslash. A name that begins
 * with a dot matches only if the pattern has that dot.
 * @param list the names in a directory; empty if it does not exist
 * @throws QscError `file_failed` for an unsupported pattern
 */
export async function filesNamed(
  pattern: string,
  list: (directory: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  if (!pattern.startsWith("/")) throw new QscError("file_failed", "it is not an absolute path");
  const parent = dirname(pattern);
  const matches = matcherOf(pattern.slice(parent.length).replace(/^\//, ""));
  const directories = parent === "/" ? ["/"] : isPattern(parent) ? await filesNamed(parent, list) : [parent];
  const found = await Promise.all(
    directories.map(async (directory) => {
      const names = await list(directory);
      return names
        .filter(matches)
        .sort()
        .map((name) => join(directory, name));
    }),
  );
  return found.flat();
}

function matcherOf(part: string): (name: string) => boolean {
  let source = "";
  for (let at = 0; at < part.length; at += 1) {
    const char = part.charAt(at);
    if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "[") {
      const [whole, not = "", members = ""] = /^\[([!^]?)(\]?[^\]]*)\]/.exec(part.slice(at)) ?? [];
      if (whole === undefined || members.includes("[") || members.includes("\\"))
        throw new QscError("file_failed", `its pattern '${part}' is not supported: name each file`);
      source += `[${not === "" ? "" : "^"}${members.replaceAll(/[\]^]/g, String.raw`\$&`)}]`;
      at += whole.length - 1;
    } else {
      if (char === "\\") at += 1;
      source += part.charAt(at).replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
    }
  }
  const expression = new RegExp(`^${source}$`, "su");
  const showsHidden = part.startsWith(".") || part.startsWith("\\.");
  return (name) => (showsHidden || !name.startsWith(".")) && expression.test(name);
}

/**
 * Reads JSON with Python's literals in the simplest possible way: the literals become strings that no one else writes,
 * JSON.parse reads the rest, and a walk finds what must be refused.
 */
export function strictJson(text: string): unknown {
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/gs, (token) =>
    (token.startsWith('"') ? token : `"\u0000${token}"`).replace(
      "\u0000",
      token.startsWith('"') ? "\u0000" : "\\u0000!",
    ),
  );
  // As a key, a literal is not JSON.
  if (/"\\u0000!-?(?:NaN|Infinity)"\s*:/.test(marked)) throw new Error("a literal is not a key");
  const value: unknown = JSON.parse(marked);
  refuseRepeatedKeys(marked);
  return walk(value, 0);
}

/** In a valid text, a string followed by a colon is a key of the object that was opened last. */
function refuseRepeatedKeys(text: string): void {
  const open: Set<string>[] = [];
  for (const [token, literal, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/gs)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(literal ?? "") as string;
      if (open.at(-1)?.has(key) === true) throw new Error("a key is given twice");
      open.at(-1)?.add(key);
    }
  }
}

function walk(value: unknown, depth: number): unknown {
  if (typeof value === "string" && value.startsWith("\u0000!")) return Number(value.slice(2));
  if (typeof value === "number" && !Number.isFinite(value)) throw new Error("overflow");
  if (typeof value !== "object" || value === null) return value;
  if (depth >= 64) throw new Error("deep");
  if (Array.isArray(value)) return value.map((member) => walk(member, depth + 1));
  if (Object.hasOwn(value, "__proto__")) throw new Error("__proto__");
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, walk(member, depth + 1)]));
}

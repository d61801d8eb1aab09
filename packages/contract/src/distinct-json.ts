/** A brace, or a string with the colon that makes it a key. */
const TOKEN = /[{}]|("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?/gs;

/**
 * Parses JSON in which no object has a duplicate key or the key `__proto__`. JSON.parse would silently keep the last
 * duplicate, while a person reading the text may rely on the first.
 *
 * @throws SyntaxError that says what is wrong, naming the key.
 */
export function parseDistinct(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (isPlainlyDistinct(text, value)) return value;
  const open: Set<string>[] = [];
  for (const [token, string, colon] of text.matchAll(TOKEN)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon !== undefined) addKey(open.at(-1), JSON.parse(string ?? "") as string);
  }
  return value;
}

/**
 * Whether a single object has no duplicate key, as most do: each of its members has a colon, so that with as many colons
 * as keys there is no further member. False also for what has to be looked at.
 */
function isPlainlyDistinct(text: string, value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (text.indexOf("{", text.indexOf("{") + 1) !== -1 || Object.hasOwn(value, "__proto__")) return false;
  let colons = 0;
  for (let at = text.indexOf(":"); at !== -1; at = text.indexOf(":", at + 1)) colons += 1;
  return colons === Object.keys(value).length;
}

function addKey(keys: Set<string> | undefined, key: string): void {
  if (key === "__proto__") throw new SyntaxError("the key '__proto__' is not allowed");
  if (keys?.has(key) === true) throw new SyntaxError(`the key '${key}' stands there twice`);
  keys?.add(key);
}

/** What is asked of the runtime, where that is not Node: a browser has no files. */

/** @throws Error always, with what to do */
export function readFile(path: string): Promise<Uint8Array> {
  const remedy = "wrap a predictor with failClosed() here, and load files in Node";
  return Promise.reject(new Error(`this runtime has no files, such as ${path}; ${remedy}`));
}

/** @throws Error always: files, and so their signatures, are for Node */
export function openModelSignature(): Promise<ReadonlyMap<string, string>> {
  return Promise.reject(new Error("this runtime verifies no signatures"));
}

/** The last part of a path, without the suffix. */
export function basename(path: string, suffix = ""): string {
  const name = path.replace(/\/+$/, "").replace(/^.*\//s, "");
  return name !== suffix && name.endsWith(suffix) ? name.slice(0, name.length - suffix.length) : name;
}

/** The path of a file that is in the same directory as another one. */
export function besideFile(path: string, name: string): string {
  return path.replace(/[^/]*$/, name);
}

/** Tells the developer of a fault that disturbs nothing. */
export function warn(message: string, code: string): void {
  // eslint-disable-next-line no-console -- the only place for warnings that every runtime has
  console.warn(`[${code}] ${message}`);
}

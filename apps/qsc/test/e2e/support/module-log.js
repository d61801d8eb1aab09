// Loaded into a process with --import: the URL of every module that it loads is written to the file MODULE_LOG
// names.
import { appendFileSync } from "node:fs";
import { createRequire, register } from "node:module";
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";

/** @param {string} url */
function log(url) {
  appendFileSync(process.env["MODULE_LOG"] ?? "", `${url}\n`);
}

// Node runs hooks on a thread of their own, where this file is loaded once more.
if (isMainThread) {
  register(import.meta.url);
  // What CommonJS requires, no hook is told of.
  process.on("exit", () => {
    Object.keys(createRequire(import.meta.url).cache).forEach((path) => {
      log(pathToFileURL(path).href);
    });
  });
}

/** @type {import("node:module").LoadHook} */
export async function load(url, context, nextLoad) {
  log(url);
  return nextLoad(url, context);
}

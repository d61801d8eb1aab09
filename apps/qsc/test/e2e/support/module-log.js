// Loaded into a process with --import: it writes the URL of every module that is loaded to the file QSC_MODULE_LOG names.
import { appendFileSync } from "node:fs";
import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

// Node runs hooks on a thread of their own, where this file is loaded once more.
if (isMainThread) register(import.meta.url);

/** @type {import("node:module").LoadHook} */
export async function load(url, context, nextLoad) {
  appendFileSync(process.env["QSC_MODULE_LOG"] ?? "", `${url}\n`);
  return nextLoad(url, context);
}

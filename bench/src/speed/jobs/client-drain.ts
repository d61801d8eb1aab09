// Reads every entry of a source and ignores it.
import { MAX_ID, MIN_ID } from "@qsc/contract";
import { openSource } from "@qsc/stream-reader";
import { report } from "../inside.js";

const [, , url = "", stream = ""] = process.argv;

const source = await openSource(url, stream === "" ? {} : { stream });
let entries = 0;
await report(async () => {
  for await (const page of source.pages({ from: MIN_ID, to: MAX_ID })) entries += page.length;
});
await source.close();
if (entries === 0) throw new Error(`${url} ${stream} is empty`);

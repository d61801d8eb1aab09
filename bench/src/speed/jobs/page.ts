// Makes the page of one document: the first of this process, or many, of which the median counts.
import { readFile } from "node:fs/promises";
import type { QscDocument } from "@qsc/contract";
import { toHtml } from "@qsc/report";
import { report } from "../inside.js";
import { median } from "../measure.js";

const [, , path = "", pages = "1"] = process.argv;
const document = JSON.parse(await readFile(path, "utf8")) as QscDocument;

if (pages === "1") await report(() => void toHtml(document));
else {
  const made = Array.from({ length: Number(pages) }, () => {
    const start = performance.now();
    toHtml(document);
    return (performance.now() - start) / 1000;
  });
  console.log(JSON.stringify({ seconds: median(made), cpuSeconds: median(made) }));
}

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { deadLinks } from "../dead-links.js";

async function write(path: string, pages: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(pages)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
}

test("a link to a page, a file or a place in a page that is there is not reported", async () => {
  await using site = await temporaryDirectory();
  await write(site.path, {
    "index.html":
      '<h1 id="top">x</h1><a href="#top">x</a><a class="x" href="guide/a%20b.html#what">x</a><img src="x.svg">',
    "guide/a b.html": '<a href="../index.html">x</a><h2 id="what"></h2><a href="https://example.org/none">x</a>',
    "x.svg": "<svg/>",
  });
  expect(deadLinks(site.path)).toEqual([]);
});

test("names each page with the link that leads nowhere: to a page, to a place in one, to a picture", async () => {
  await using site = await temporaryDirectory();
  await write(site.path, {
    "index.html": '<a href="guide.html#none">x</a><a href="none.html">x</a><img alt="" src="none.svg">',
    "guide.html": '<a href="#here">x</a>',
  });
  const found = deadLinks(site.path).toSorted((a, b) => (a.link < b.link ? -1 : 1));
  expect(found).toEqual([
    { page: "guide.html", link: "#here" },
    { page: "index.html", link: "guide.html#none" },
    { page: "index.html", link: "none.html" },
    { page: "index.html", link: "none.svg" },
  ]);
});

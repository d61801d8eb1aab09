import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** @typedef {{ readonly page: string, readonly link: string }} DeadLink */

/**
 * Links of a directory of HTML pages to a file, or a place in a page, that is not there. Links to other sites are left
 * alone: no build should depend on them.
 *
 * @param {string} directory
 * @returns {readonly DeadLink[]}
 */
export function deadLinks(directory) {
  const pages = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".html"));
  const texts = new Map(pages.map((page) => [page, readFileSync(join(directory, page), "utf8")]));
  const places = new Map([...texts].map(([page, text]) => [page, placesIn(text)]));
  return [...texts].flatMap(([page, text]) =>
    linksIn(text)
      .filter((link) => !/^(?:[a-z]+:|\/\/)/i.test(link))
      .filter((link) => !leadsSomewhere(link, page))
      .map((link) => ({ page, link })),
  );

  /** @param {string} link @param {string} page */
  function leadsSomewhere(link, page) {
    const [path = "", place = ""] = link.split("#");
    const target =
      path === "" ? page : relative(directory, resolve(directory, dirname(page), decodeURIComponent(path)));
    if (place !== "" && places.has(target)) return places.get(target)?.has(decodeURIComponent(place)) === true;
    return existsSync(join(directory, target));
  }
}

/** @param {string} text */
function linksIn(text) {
  const found = [...text.matchAll(/<(?:a|img|link|script)\b[^>]*?\s(?:href|src)="([^"]*)"/g)];
  return [...new Set(found.map(([, link = ""]) => unescaped(link)))].filter((link) => link !== "" && link !== "#");
}

/** @param {string} text */
function placesIn(text) {
  return new Set([...text.matchAll(/\s(?:id|name)="([^"]*)"/g)].map(([, place = ""]) => unescaped(place)));
}

/** @param {string} text */
function unescaped(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

/** A source's URL as an operator may see it: without what may be a password, in the login or in the query. */
export function placeOf(url: string): string {
  return url.replace(/\/\/.*@/s, "//").replace(/[?#].*$/s, "");
}

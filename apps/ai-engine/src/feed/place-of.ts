/** A source's URL to show to an operator: without anything that may be a password, in the login or in the query. */
export function placeOf(url: string): string {
  return url.replace(/\/\/.*@/s, "//").replace(/[?#].*$/s, "");
}

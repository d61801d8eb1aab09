import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QscError } from "@qsc/contract";
import { assertSourceUrl } from "../src/index.js";

/** The message about a URL; null if nothing is wrong with it. */
function said(url: string): string | null {
  try {
    assertSourceUrl(url);
    return null;
  } catch (error) {
    if (!(error instanceof QscError)) throw error;
    return `${error.message} ${error.cause instanceof Error ? error.cause.message : ""}`;
  }
}

/** Wrong ways to write a password into a URL. */
const FORMS: readonly ((password: string) => string)[] = [
  (password) => `redis://host:6379/0?password=${password}`,
  (password) => `redis://host:6379?password=${password}&db=1`,
  (password) => `redis://host:6379?${password}`,
  (password) => `redis://host:6379#${password}`,
  (password) => `redis://host:6379/${password}`,
  (password) => `redis://:${password}@host:6379`,
  (password) => `redis://user:${password}@host:6379/x`,
  (password) => `redis://${password}@host:6379`,
  (password) => `redis://:12345/${password}`,
  (password) => `redis://:12345#${password}`,
  (password) => `redis://:12345?${password}`,
  (password) => `redis+sentinel://s1,s2/main?sentinelPassword=${password}&b=c`,
  (password) => `redis+sentinel://s1,s2/main/0#${password}`,
  (password) => `redis+sentinel://s1,s2/main/${password}`,
  (password) => `redis+cluster://:${password}@n1,n2/7`,
  (password) => `rediss://host/0?ca=/path#${password}`,
  (password) => `nats://host:4222?password=${password}`,
  (password) => `nats://user:${password}@host:4222/x`,
  (password) => `nats://:${password}@host`,
  (password) => `nats://${password}@host:0`,
  (password) => `tls://${password}@a,b?ca=/x#${password}`,
  (password) => `http://host/?password=${password}`,
  (password) => `http://user:${password}@host`,
  (password) => `${password}@host:6379`,
];

/** Forms without a host of their own: what follows an @ is taken as the host. */
const HOSTLESS: typeof FORMS = [(password) => `redis://user:${password}`, (password) => `redis://:${password}`];

describe("a URL that cannot be used", () => {
  test.each(["a#b", "a/b", "a?b", "a&b", "a=b", "a@b", "a:b", "a%b", "a b"])(
    "shows no part of the password s3cret-%s-s3cret",
    (middle) => {
      for (const form of middle.includes("@") ? FORMS : [...FORMS, ...HOSTLESS]) {
        const url = form(`s3cret${middle}s3cret`);
        expect(said(url) ?? "", url).not.toContain("s3cret");
      }
    },
  );

  test("shows no password, whatever characters it has", () => {
    const odd = fc.constantFrom(
      "#",
      "/",
      "?",
      "&",
      "=",
      "@",
      ":",
      "%",
      ";",
      ",",
      "+",
      " ",
      "!",
      "\\",
      "[",
      "]",
      "{",
      "'",
      '"',
    );
    const password = fc
      .array(odd, { minLength: 1, maxLength: 4 })
      .map((signs) => `hunter${signs.join("hunter")}hunter`);
    fc.assert(
      fc.property(password, fc.constantFrom(...FORMS, ...HOSTLESS), (secret, form) => {
        fc.pre(!(HOSTLESS.includes(form) && secret.includes("@")));
        expect(said(form(secret)) ?? "").not.toContain("hunter");
      }),
      { numRuns: 3000, seed: 22 },
    );
  });

  test.each([
    ["redis://host:6379/abc", "redis://host:6379/***"],
    ["redis://host:6379/3?db=1", "redis://host:6379/3?db=***"],
    ["redis://user:pw@host:6379/abc", "redis://***@host:6379/***"],
    ["redis+sentinel://s1:26379,s2/main/x", "redis+sentinel://s1:26379,s2/main/***"],
    ["redis://host?ca=/etc/ca.pem", "redis://host?ca=/etc/ca.pem"],
  ])("shows the parts of %s that are not secret", (url, shown) => {
    expect(said(url)).toContain(`'${shown}'`);
  });
});

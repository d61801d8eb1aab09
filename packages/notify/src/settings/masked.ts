import { inertText } from "@qsc/contract";

/** The most characters of what the other side said. */
const MOST_SAID = 300;
/** A shorter part of a secret is like any word. */
const SHORTEST = 4;
const SHORTEST_PART = 8;
const MASK = "[secret]";

/** What may be shown of a text that others wrote: without a secret, one line, and not long. Cut last of all, so that no part of a secret is left. */
export function shownOf(text: string, secrets: readonly string[]): string {
  return inertText(withoutSecrets(text, secrets)).slice(0, MOST_SAID);
}

/**
 * A text without any of these secrets, in whichever form a message may repeat them. A text that was cut within a secret
 * ends before it.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets
    .flatMap(formsOf)
    .filter((form) => form.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  const whole = forms.reduce((rest, form) => rest.replaceAll(form, MASK), text);
  const begun = Math.max(0, ...forms.map((form) => begunAtEnd(whole, form)));
  return begun === 0 ? whole : `${whole.slice(0, -begun)}${MASK}`;
}

function formsOf(secret: string): readonly string[] {
  return [
    secret,
    secret.replace(/^whsec_/, ""),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll("&", "&amp;"),
    ...inBase64(secret),
    ...partsOf(secret),
  ];
}

/** How many characters at the end of a text begin a form. */
function begunAtEnd(text: string, form: string): number {
  for (let length = Math.min(form.length - 1, text.length); length >= SHORTEST; length -= 1)
    if (text.endsWith(form.slice(0, length))) return length;
  return 0;
}

/**
 * The base64 of a secret by itself, and what it looks like behind other bytes, as in `AUTH PLAIN` of SMTP or `Basic` of
 * HTTP: there are three, one for each place within a group of three bytes. Only characters that depend on it alone.
 */
function inBase64(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const behind = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const isWhole = (before + bytes.length) % 3 === 0;
    return text.slice(before === 0 ? 0 : before + 1, isWhole ? undefined : -1);
  });
  return [bytes.toString("base64"), ...behind];
}

/** The path and the values of an address that is a secret: an answer or an error may repeat them without the host. */
function partsOf(secret: string): readonly string[] {
  if (!/^https?:/.test(secret) || !URL.canParse(secret)) return [];
  const { pathname, search, searchParams } = new URL(secret);
  const parts = [...pathname.split("/"), ...searchParams.values(), ...search.slice(1).split(/[&=]/)];
  return [`${pathname}${search}`, ...parts.filter((part) => part.length >= SHORTEST_PART)];
}

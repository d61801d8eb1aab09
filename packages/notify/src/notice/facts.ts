import type { Notice } from "./notice.js";

/** What a message tells besides its title, with a label each, in the order in which a person needs it. */
export function factsOf(notice: Notice): readonly (readonly [label: string, text: string])[] {
  const { why, done, next, model, unit, host, user, at, report, number, key } = notice;
  const facts: readonly (readonly [string, string | null])[] = [
    ["Why", why],
    ["Done", done],
    ["Next", next],
    ["Model", model],
    ["Unit", unit],
    ["Host", user === null ? host : `${host}, by ${user}`],
    ["At", at],
    ["Report", report],
    ["Audit entry", number === null ? null : String(number)],
    ["Key", key],
  ];
  return facts.flatMap(([label, text]) => (text === null ? [] : [[label, text] as const]));
}

/** One line for a subject or a notification on a phone. */
export function headlineOf({ severity, title, unit, host, isTest }: Notice): string {
  return `${isTest ? "" : `${severity.toUpperCase()}: `}${title} (${unit} on ${host})`;
}

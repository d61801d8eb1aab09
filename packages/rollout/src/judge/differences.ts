import type { Difference } from "@qsc/contract";

/** The most characters of a value that a difference shows. */
const LONGEST = 80;

/** The members in which two documents differ, deepest first named, but for their digests. Key order makes no difference. */
export function differencesOf(report: object, again: object): readonly Difference[] {
  return differences(report, again, "").filter(({ member }) => member !== "digest");
}

function differences(report: unknown, again: unknown, member: string): readonly Difference[] {
  if (Object.is(report, again)) return [];
  if (Array.isArray(report) && Array.isArray(again)) {
    const length = Math.max(report.length, again.length);
    return Array.from({ length }, (_, at) => differences(report[at], again[at], `${member}[${at}]`)).flat();
  }
  if (isObject(report) && isObject(again)) {
    const keys = [...new Set([...Object.keys(report), ...Object.keys(again)])];
    return keys.flatMap((key) => differences(report[key], again[key], member === "" ? key : `${member}.${key}`));
  }
  return [{ member, report: shown(report), again: shown(again) }];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value).slice(0, LONGEST);
}

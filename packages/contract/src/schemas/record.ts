import { z } from "zod";
import { modelNameFault } from "../model-name.js";
import { MAX_MODELS } from "../telemetry.js";

/** A model name that the reader accepts; see `modelNameFault`. */
export const modelName: z.ZodType<string> = z.string().check(({ value, issues }) => {
  const fault = modelNameFault(value);
  if (fault !== null) issues.push({ code: "custom", input: value, message: `Invalid input: the name ${fault}` });
});

interface RecordOptions {
  readonly keys?: z.ZodType<string>;
  readonly least?: number;
  readonly most?: number;
}

/**
 * An object whose members are of one kind. zod's own record would drop `__proto__` and accept the rest; this refuses
 * it.
 */
export function recordOf<T>(member: z.ZodType<T>, options: RecordOptions = {}): z.ZodType<Readonly<Record<string, T>>> {
  const { keys = z.string(), least = 0, most = Infinity } = options;
  return object<Readonly<Record<string, T>>>().check((context) => {
    const members = Object.entries(context.value);
    if (members.length < least || members.length > most) {
      context.issues.push({
        code: "custom",
        input: context.value,
        message: `Invalid input: ${members.length} members, expected ${least} to ${most}`,
      });
    }
    for (const [key, value] of members) {
      const named = key === "__proto__" ? z.never().safeParse(key) : keys.safeParse(key);
      passOn(named.error, context, [key]);
      passOn(member.safeParse(value).error, context, [key]);
    }
  });
}

/** An object with one member per model. */
export function byModel<T>(member: z.ZodType<T>, least: number): z.ZodType<Readonly<Record<string, T>>> {
  return recordOf(member, { keys: modelName, least, most: MAX_MODELS });
}

/** A JSON document that has no key `__proto__` at any depth and that `schema` accepts. */
export function telemetryDocument<T>(schema: z.ZodType<T>): z.ZodType<T> {
  return z
    .unknown()
    .refine((value) => !hasForbiddenKey(value), "Invalid input: the key __proto__ is not allowed")
    .pipe(schema);
}

/** An object that is not a list. Its members are not read. */
export function object<T extends object>(): z.ZodType<T> {
  return z.custom<T>(isObject, { error: "Invalid input: expected an object", abort: true });
}

/** Adds the issues of a part of the value to those of the whole. */
export function passOn(
  error: z.ZodError | undefined,
  { issues, value }: z.core.ParsePayload,
  path: string[] = [],
): void {
  for (const { message, path: inner } of error?.issues ?? []) {
    issues.push({ code: "custom", message, path: [...path, ...inner], input: value });
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without recursion, because the value can be nested as deep as JSON.parse allows. */
function hasForbiddenKey(value: unknown): boolean {
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== "object" || next === null) continue;
    if (Object.hasOwn(next, "__proto__")) return true;
    for (const member of Object.values(next)) open.push(member);
  }
  return false;
}

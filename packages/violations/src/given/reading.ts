import { invalidOption, rules, type Intent, type ModelReading, type Rule } from "@qsc/contract";

/**
 * Refuses anything that is not a model's answer as a reader returns it. Checks only a few types, because it runs for
 * every answer.
 *
 * @param place where an operator finds it
 */
export function requireReading(answer: ModelReading, place: string): void {
  const given = answer as Partial<Record<keyof ModelReading, unknown>> | null;
  if (typeof place !== "string") throw invalidOption("place", place, "a text");
  if (typeof given !== "object" || given === null) throw invalidOption(`the answer at ${place}`, given, "an object");
  const { model, nonPrediction, action, confidence, latencyMs, artifactSha256 } = given;
  if (typeof model !== "string") refuse("model", model, place, "a text");
  if (!isTextOrNull(nonPrediction)) refuse("nonPrediction", nonPrediction, place, "a text, or null for a prediction");
  if (!isTextOrNull(action)) refuse("action", action, place, "a text, or null");
  if (!isNumberOrInvalid(confidence)) refuse("confidence", confidence, place, "a number, or {invalid: text}");
  if (latencyMs !== null && !isNumberOrInvalid(latencyMs))
    refuse("latencyMs", latencyMs, place, "a number, {invalid: text} or null");
  if (!isTextOrNull(artifactSha256) && !isInvalid(artifactSha256))
    refuse("artifactSha256", artifactSha256, place, "a text, {invalid: text} or null");
}

/** Refuses anything that is not a decision as a reader returns it. Its answers are checked when they are counted. */
export function requireIntent(intent: Pick<Intent, "id" | "models">): void {
  const given = intent as Partial<Record<keyof Intent, unknown>> | null;
  if (typeof given !== "object" || given === null) throw invalidOption("intent", given, "an object");
  if (typeof given.id !== "string") throw invalidOption("intent.id", given.id, "an entry ID");
  if (!Array.isArray(given.models)) throw invalidOption("intent.models", given.models, "a list");
  for (const [index, answer] of (given.models as readonly unknown[]).entries()) {
    const model = (answer as Partial<ModelReading> | null | undefined)?.model;
    if (typeof model !== "string") throw invalidOption(`the model of intent.models[${index}]`, model, "a text");
  }
}

const membersRule: Rule = rules.nullable(
  rules.shaped({ numbers: rules.listOf(rules.anyText), nulls: rules.listOf(rules.anyText) }),
);
/** A reader returns the same object as long as the payloads are alike: each object is checked once. */
const lookedAt = new WeakSet<object>();

/** Refuses invalid feature times or payload members of a decision. */
export function requirePayload({ featuresAtMs, members }: Pick<Intent, "featuresAtMs" | "members">): void {
  const given: unknown = featuresAtMs;
  if (given !== null && !Number.isFinite(given) && !isInvalid(given)) {
    throw invalidOption("intent.featuresAtMs", given, "a finite number, {invalid: text} or null");
  }
  if (members === null || lookedAt.has(members)) return;
  membersRule(members, "intent.members");
  lookedAt.add(members);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}

function isNumberOrInvalid(value: unknown): boolean {
  return typeof value === "number" || isInvalid(value);
}

function isInvalid(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as { invalid?: unknown }).invalid === "string";
}

function refuse(key: keyof ModelReading, value: unknown, place: string, expected: string): never {
  throw invalidOption(`${key} of the answer at ${place}`, value, expected);
}

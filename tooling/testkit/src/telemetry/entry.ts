/** One stream entry, as Redis returns it and as a line of an event log contains it. */
export interface Entry {
  readonly id: string;
  readonly fields: Record<string, string>;
}

/** An event before it becomes text. A test's `mutate` may change any part, even against the contract. */
export interface Draft {
  id: string;
  payload: Record<string, unknown>;
  modelBreakdown: Record<string, Record<string, unknown>>;
  features: Record<string, unknown>;
  /** Entry fields besides the event's own. They override fields of the same name. */
  fields: Record<string, string>;
}

export type ContractVersion = 1 | 2;

/** Version 1 has everything in the payload; version 2 has entry fields for breakdown and features. */
export function entryOf(draft: Draft, version: ContractVersion): Entry {
  const { id, payload, modelBreakdown, features, fields } = draft;
  if (version === 1) {
    const whole = { ...payload, model_breakdown: modelBreakdown, ...features };
    return { id, fields: { event_type: "trade.intent", payload: pythonJson(whole), ...fields } };
  }
  return {
    id,
    fields: {
      event_type: "trade.intent",
      contract: "2",
      payload: pythonJson(payload),
      model_breakdown: pythonJson(modelBreakdown),
      features: pythonJson(features),
      ...fields,
    },
  };
}

/** JSON the way Python writes it: NaN, Infinity and -Infinity are literals, not null. */
function pythonJson(value: unknown): string {
  if (typeof value === "number") return Number.isFinite(value) ? JSON.stringify(value) : String(value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${pythonJson(member)}`).join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}

import type { Reader } from "./values.js";

/** Everything that is known about one setting of the engine. */
export interface SettingRow {
  readonly variable: string;
  readonly read: Reader<unknown>;
  /** As text, so that it is read like an operator's value; null if there is none. */
  readonly preset: string | null;
  /** The description, in sentences, for help, the documentation and the template of the environment file. */
  readonly about: string;
  /** What applies if it is not set and has no default that means the same on every host. */
  readonly unset?: string;
  /** The title under which it is listed. */
  readonly group: "Models" | "Features" | "Intents" | "Redis" | "Trading" | "Operation";
  /** Whether an empty value is refused instead of counting as unset, which would take a protection away. */
  readonly refusesEmpty?: boolean;
  /** Whether the template sets it, so that an operator looks at it. */
  readonly inTemplate?: boolean;
}

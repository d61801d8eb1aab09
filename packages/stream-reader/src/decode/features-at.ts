import { readTime, type InvalidValue } from "@qsc/contract";
import { invalid } from "./json-value.js";
import type { Json } from "./json-types.js";

/** The length of `2026-01-11T08:30`, the part of an ISO time before its seconds (`:05.250Z`). */
const MINUTE = 16;
const REST = /^:[0-5]\d\.\d{3}Z$/;

/** Reads the times of one stream. Most are in the same minute as the one before. */
class FeatureTimeReader {
  #minute = "";
  #minuteMs = 0;

  read(text: string): number | null {
    const rest = text.slice(MINUTE);
    const isPlain = text.length === 24 && REST.test(rest);
    if (isPlain && text.startsWith(this.#minute) && this.#minute !== "") {
      return this.#minuteMs + Number(rest.slice(1, 3)) * 1000 + Number(rest.slice(4, 7));
    }
    const ms = readTime(text)?.firstMs ?? null;
    if (isPlain && ms !== null) {
      this.#minute = text.slice(0, MINUTE);
      this.#minuteMs = ms - (ms % 60_000);
    }
    return ms;
  }
}

const reader = new FeatureTimeReader();

/** The time of the newest feature row behind a decision; null if the entry does not say. */
export function readFeaturesAt(value: Json | undefined): number | InvalidValue | null {
  if (value === undefined || value === null) return null;
  return (typeof value === "string" ? reader.read(value) : null) ?? invalid(value);
}

import type { Shape } from "./figures.js";

/** A bar of a row. */
export function bar(from: number, to: number, look: "bar" | "thin" | "over" | "former"): Shape {
  return { kind: "bar", from, to, look };
}

/** A limit of a row; nothing where there is none. */
export function limitLine(at: number | null): readonly Shape[] {
  return at === null ? [] : [{ kind: "line", at, look: "limit" }];
}

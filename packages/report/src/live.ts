import type { EvidenceFinding, WatchProgress } from "@qsc/contract";
import { elementsOf, HEIGHT, LENGTH, type DrawnElement } from "./html/elements.js";
import type { Figure, FigureRow } from "./html/figures.js";
import { watchFigures } from "./html/watch-figures.js";

export { STYLE } from "./html/style.js";
export { joined, Markup, markup } from "./html/markup.js";
export { percent } from "./format.js";
export { segmentFindings, segmentStatus } from "./documents/segments.js";
export type { DrawnElement } from "./html/elements.js";

/** A figure of a report as plain data, for a page that changes: its texts are text, and its drawing is made already. */
export interface DrawnFigure extends Omit<Figure, "rows" | "axis"> {
  /** The width and height that the elements are placed on. */
  readonly box: readonly [width: number, height: number];
  readonly rows: readonly (Omit<FigureRow, "shapes"> & { readonly elements: readonly DrawnElement[] })[];
}

/** The figures of a watch, as its report has them. */
export function drawnWatch(
  watch: WatchProgress | null,
  told: { readonly violated: boolean; readonly evidence: readonly EvidenceFinding[] },
): readonly DrawnFigure[] {
  return watchFigures(watch, told).map(({ axis, rows, ...figure }) => ({
    ...figure,
    box: [LENGTH, HEIGHT],
    rows: rows.map(({ shapes, ...row }) => ({ ...row, elements: elementsOf(shapes, axis) })),
  }));
}

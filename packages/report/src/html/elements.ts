import type { Figure, Shape } from "./figures.js";

/** The axis of every drawing is this long, whatever its width on the screen. */
export const LENGTH = 1000;
export const HEIGHT = 100;

/** An element of SVG, as plain data: a page's script makes it as well as a template does. */
export interface DrawnElement {
  readonly name: "line" | "rect" | "polyline";
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** The shapes of a row as elements, on an axis of `LENGTH` by `HEIGHT`. */
export function elementsOf(shapes: readonly Shape[], axis: Figure["axis"]): readonly DrawnElement[] {
  return shapes.flatMap((shape) => elementsOfShape(shape, axis));
}

function elementsOfShape(shape: Shape, axis: Figure["axis"]): readonly DrawnElement[] {
  const place = (value: number): number => {
    const share = (value - axis.from) / (axis.to - axis.from);
    return Math.round(Math.min(1, Math.max(0, share)) * LENGTH);
  };
  switch (shape.kind) {
    case "line": {
      const at = place(shape.at);
      return [{ name: "line", attributes: { class: shape.look, x1: at, y1: 0, x2: at, y2: HEIGHT } }];
    }
    case "bar": {
      const [low, high] = [place(Math.min(shape.from, shape.to)), place(Math.max(shape.from, shape.to))];
      const thin = shape.look === "thin";
      return [rectangle(shape.look, low, Math.max(2, high - low), thin ? 42 : 20, thin ? 16 : 60)];
    }
    case "curve": {
      const points = shape.points.map(({ x, y }) => `${place(x)},${fromTop(y)}`).join(" ");
      return [{ name: "polyline", attributes: { class: "curve", points } }];
    }
    case "level": {
      const y = fromTop(shape.y);
      return [{ name: "line", attributes: { class: "limit", x1: 0, y1: y, x2: LENGTH, y2: y } }];
    }
    case "bins": {
      const most = Math.max(...shape.counts, 1);
      const width = LENGTH / shape.counts.length;
      return shape.counts.flatMap((count, index) => {
        const height = Math.ceil((count / most) * HEIGHT);
        return count === 0 ? [] : [rectangle("bar", index * width + 2, width - 4, HEIGHT - height, height)];
      });
    }
  }
}

/** The distance from the top of a row, for a part of its height. */
function fromTop(y: number): number {
  return Math.round((1 - Math.min(1, Math.max(0, y))) * HEIGHT);
}

function rectangle(look: string, x: number, width: number, y: number, height: number): DrawnElement {
  return { name: "rect", attributes: { class: look, x, y, width, height } };
}

import { escapeXml } from "./svg.js";

/**
 * A point of a chart, in the units of its axes.
 *
 * @typedef {readonly [x: number, y: number]} Point
 */

/**
 * @typedef {object} ChartOptions
 * @property {string} title
 * @property {string} description for readers who do not see the picture
 * @property {Axis} x
 * @property {Axis} y on a logarithmic scale
 */

/**
 * @typedef {object} Axis
 * @property {string} label
 * @property {readonly [number, number]} range
 * @property {readonly (readonly [value: number, text: string])[]} ticks
 */

const WIDTH = 760;
const HEIGHT = 380;
const LEFT = 88;
const RIGHT = 24;
const TOP = 44;
const BOTTOM = 52;

/** Both colour schemes, on a background of their own: a page may be dark where the reader's system is light. */
const STYLE = `
svg { --back: #ffffff; --text: #1f2328; --faint: #59636e; --grid: #d1d9e0; --band: #f6e4e4; --a: #0a5cb8; --b: #b3470a; --c: #117a50 }
@media (prefers-color-scheme: dark) {
svg { --back: #16181d; --text: #d7dae0; --faint: #9198a1; --grid: #32363e; --band: #3a2326; --a: #6cb2ff; --b: #ff9a57; --c: #5fd09c }
}
.back { fill: var(--back) } .band { fill: var(--band) } text { fill: var(--text) } text.faint { fill: var(--faint) }
text.a { fill: var(--a) } text.b { fill: var(--b) } text.c { fill: var(--c) }
path.a, circle.a { stroke: var(--a) } path.b, circle.b { stroke: var(--b) } path.c, circle.c { stroke: var(--c) }
.grid { stroke: var(--grid) } .mark { stroke: var(--faint) } .dashed { stroke-dasharray: 5 4 }
.line { fill: none; stroke-width: 2 } .dot { fill: var(--back); stroke-width: 2 }`;

/** A chart with a logarithmic y axis. Its parts are drawn in the order in which they are added. */
export class Chart {
  /** @type {string[]} */
  #parts = [];
  #options;

  /** @param {ChartOptions} options */
  constructor(options) {
    this.#options = options;
    const { x, y } = options;
    for (const [value, text] of y.ticks) {
      this.#parts.push(`<path class="grid" d="M${LEFT} ${this.#y(value)}H${WIDTH - RIGHT}"/>`);
      this.#text(LEFT - 8, this.#y(value) + 4, text, "faint", "end");
    }
    for (const [value, text] of x.ticks) this.#text(this.#x(value), HEIGHT - BOTTOM + 18, text, "faint", "middle");
    this.#text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x.label, "", "middle");
    this.#text(LEFT - 72, TOP - 14, y.label, "", "start");
  }

  /**
   * @param {readonly Point[]} points
   * @param {string} style
   */
  line(points, style) {
    const [first, ...others] = points.map(([x, y]) => `${this.#x(x)} ${this.#y(y)}`);
    this.#parts.push(`<path class="line ${style}" d="M${first}L${others.join(" ")}"/>`);
  }

  /**
   * @param {Point} point
   * @param {string} style
   */
  dot([x, y], style) {
    this.#parts.push(`<circle class="dot ${style}" cx="${this.#x(x)}" cy="${this.#y(y)}" r="3.5"/>`);
  }

  /** A horizontal line at a value that matters. @param {number} value */
  level(value) {
    this.#parts.push(`<path class="mark dashed" d="M${LEFT} ${this.#y(value)}H${WIDTH - RIGHT}"/>`);
  }

  /** A vertical line, up to a height. @param {Point} point */
  moment([x, y]) {
    this.#parts.push(`<path class="mark dashed" d="M${this.#x(x)} ${HEIGHT - BOTTOM}V${this.#y(y)}"/>`);
  }

  /** A shaded band between two heights. @param {readonly [from: number, to: number]} heights */
  band([from, to]) {
    const top = this.#y(to);
    const height = round(this.#y(from) - top);
    this.#parts.push(`<rect class="band" x="${LEFT}" y="${top}" width="${WIDTH - LEFT - RIGHT}" height="${height}"/>`);
  }

  /**
   * Words beside a point, moved by some pixels.
   *
   * @param {Point} point
   * @param {string} text
   * @param {{ readonly style?: string, readonly anchor?: "start" | "middle" | "end", readonly by?: Point }} [how]
   */
  note([x, y], text, { style = "", anchor = "start", by: [right, down] = [0, 0] } = {}) {
    this.#text(this.#x(x) + right, this.#y(y) + down, text, style, anchor);
  }

  /** The picture. */
  svg() {
    const { title, description } = this.#options;
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title desc">
<title id="title">${escapeXml(title)}</title>
<desc id="desc">${escapeXml(description)}</desc>
<style>${STYLE}
</style>
<rect class="back" width="100%" height="100%" rx="8"/>
<g font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13">
${this.#parts.join("\n")}
</g>
</svg>
`;
  }

  /**
   * @param {number} x in pixels
   * @param {number} y in pixels
   * @param {string} text
   * @param {string} style
   * @param {string} anchor
   */
  #text(x, y, text, style, anchor) {
    const named = style === "" ? "" : ` class="${style}"`;
    this.#parts.push(`<text x="${round(x)}" y="${round(y)}"${named} text-anchor="${anchor}">${escapeXml(text)}</text>`);
  }

  /** @param {number} value */
  #x(value) {
    const [from, to] = this.#options.x.range;
    return round(LEFT + ((value - from) / (to - from)) * (WIDTH - LEFT - RIGHT));
  }

  /** @param {number} value */
  #y(value) {
    const [from, to] = this.#options.y.range.map(Math.log);
    return round(
      HEIGHT - BOTTOM - ((Math.log(value) - (from ?? 0)) / ((to ?? 1) - (from ?? 0))) * (HEIGHT - TOP - BOTTOM),
    );
  }
}

/** To tenths of a pixel: no digit depends on the last bit of a maths library. @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

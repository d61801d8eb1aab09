import { createRandom, seededTelemetry } from "@qsc-tooling/testkit";
import { parseEntryId } from "@qsc/contract";
import { toTerminal } from "@qsc/report";
import { qualityGate } from "@qsc/rollout";
import { memorySource } from "@qsc/stream-reader";
import { DEFAULT_POLICY } from "@qsc/violations";

import { escapeXml } from "./svg.js";

const SEED = 20260105;
const LINES = 30;
const CHARACTER = 7.3;
const LINE = 17;
const MARGIN = 16;

/** @type {Record<string, string>} */
const COLOURS = { 31: "#f4716c", 32: "#7ccf7c", 33: "#e6c35c" };

function telemetry() {
  const random = createRandom(SEED);
  const { entries } = seededTelemetry({
    seed: SEED,
    count: 330,
    mutate: ({ modelBreakdown: { nhits, patchtst } }) => {
      Object.assign(nhits ?? {}, { action: "HOLD", confidence: 0.5, model: "nhits_insufficient_history" });
      Object.assign(patchtst ?? {}, { action: "BUY", confidence: 0.615 + 0.002 * random.normal() });
    },
  });
  return entries.map(({ id, fields }) => {
    const parsed = parseEntryId(id);
    if (parsed === null) throw new Error(`${id} is not an ID`);
    return { kind: /** @type {const} */ ("entry"), id: parsed, place: id, fields: Object.entries(fields).flat() };
  });
}

/**
 * One terminal line as text spans; supports bold, dim and three colours.
 * @param {string} line
 */
function spans(line) {
  let fill = "";
  let bold = false;
  let dim = false;
  return line
    .split(/\u001b\[(\d+)m/)
    .map((part, index) => {
      if (index % 2 === 0) {
        const style = `${fill === "" ? "" : ` fill="${fill}"`}${bold ? ' font-weight="bold"' : ""}${dim ? ' opacity="0.6"' : ""}`;
        return part === "" ? "" : `<tspan${style}>${escapeXml(part)}</tspan>`;
      }
      if (part === "1") bold = true;
      else if (part === "2") dim = true;
      else if (part === "22") bold = dim = false;
      else fill = COLOURS[part] ?? "";
      return "";
    })
    .join("");
}

/** The terminal output of a real verdict, over seeded telemetry with two bad models. */
export async function verdict() {
  const document = await qualityGate(
    memorySource(telemetry()),
    { mode: "canary", model: null, afterMs: null, count: null, asOf: null },
    {
      policy: DEFAULT_POLICY,
      policySource: "built-in",
      unit: null,
      host: "example",
      toolVersion: "",
      now: () => Date.UTC(2026, 0, 5, 11),
    },
  );
  const command = "$ qsc quality-gate --mode canary";
  const lines = [command, ...toTerminal(document, { color: true, folded: true }).split("\n").slice(0, LINES)];
  const columns = Math.max(...lines.map((line) => line.replaceAll(/\u001b\[\d+m/g, "").length));
  const width = Math.ceil(2 * MARGIN + columns * CHARACTER);
  const height = 2 * MARGIN + lines.length * LINE;
  const texts = lines.map(
    (line, index) => `<text x="${MARGIN}" y="${MARGIN + (index + 1) * LINE - 4}">${spans(line)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${escapeXml(command)}</title>
<rect width="100%" height="100%" rx="8" fill="#16181d"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="12" fill="#d7dae0" xml:space="preserve">
${texts.join("\n")}
</g>
</svg>
`;
}

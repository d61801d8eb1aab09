#!/usr/bin/env node
/**
 * Writes golden probes into the manifests of `../models`. There is one probe per label: the input of `../test/native`
 * that the native runtime answers with this label by the widest margin, and the answer of ONNX Runtime, which must be
 * the same. The same files give the same manifests. Needs the installed packages.
 *
 *   node probe.js
 */
import { readFile, writeFile } from "node:fs/promises";
import { InferenceSession, Tensor } from "onnxruntime-node";

const MODELS = ["xgb", "patchtst", "nhits", "dlinear"];
/** The largest allowed difference between the two runtimes. */
const SAME = 1e-5;
const TOLERANCE = 0.001;

/** @typedef {{ file: string, features: string[], labels: string[], input: { name: string, shape: number[] }, output: { name: string } }} Manifest */
/** @typedef {{ input: Record<string, number | number[]>, output: { label: string, confidence: number }, tolerance: number }} Probe */

/** @param {string} relative */
const at = (relative) => new URL(`../${relative}`, import.meta.url);
/** @param {string} relative */
const json = async (relative) => JSON.parse(await readFile(at(relative), "utf8"));

/** Input i is window i, the oldest row first. @returns {Promise<number[][][]>} */
async function windows() {
  /** @type {{ blocks: { rows: number[][] }[], steps: number }} */
  const { blocks, steps } = await json("test/native/inputs.json");
  return blocks.flatMap(({ rows }) => Array.from({ length: 10 }, (_, start) => rows.slice(start, start + steps)));
}

/**
 * The index of the input that the native runtime answers with a label by the widest margin.
 * @param {number[][]} native
 * @param {number} label
 */
function clearest(native, label) {
  const margins = native.map(
    (shares) => (shares[label] ?? 0) - Math.max(...shares.filter((_, other) => other !== label)),
  );
  const widest = Math.max(...margins);
  if (!(widest > 0)) throw new Error(`No input of test/native has the label ${label} as its answer`);
  return margins.indexOf(widest);
}

/** @param {string} name @param {Manifest} manifest @param {number[][][]} inputs @returns {Promise<Probe[]>} */
async function probesOf(name, manifest, inputs) {
  /** @type {number[][]} */
  const native = await json(`test/native/${name}.json`);
  const session = await InferenceSession.create(await readFile(at(`models/${name}/${manifest.file}`)), {
    intraOpNumThreads: 1,
  });
  const { shape } = manifest.input;
  const probes = [];
  for (const [place, label] of manifest.labels.entries()) {
    const index = clearest(native, place);
    const rows = (inputs[index] ?? []).slice(-(shape.length === 3 ? (shape[1] ?? 1) : 1));
    const input = new Tensor("float32", Float32Array.from(rows.flat()), shape);
    const results = await session.run({ [manifest.input.name]: input }, [manifest.output.name]);
    const confidence = Number(results[manifest.output.name]?.data[place]);
    const expected = native[index]?.[place] ?? Number.NaN;
    if (!(Math.abs(confidence - expected) <= SAME))
      throw new Error(`${name} answers input ${index} with ${confidence}, its native runtime with ${expected}`);
    const columns = manifest.features.map((feature, column) => [feature, rows.map((row) => row[column] ?? Number.NaN)]);
    probes.push({
      input: Object.fromEntries(columns),
      output: { label, confidence: Number(confidence.toFixed(6)) },
      tolerance: TOLERANCE,
    });
  }
  await session.release();
  return probes;
}

/** A probe as JSON, one line per feature, by name. @param {Probe} probe */
function written({ input, output, tolerance }) {
  const lines = Object.entries(input).map(
    ([name, values]) => `      ${JSON.stringify(name)}: ${JSON.stringify(values)}`,
  );
  return `    {"input": {\n${lines.join(",\n")}\n    }, "output": ${JSON.stringify(output)}, "tolerance": ${tolerance}}`;
}

/**
 * The manifest's text with these probes in place of its old ones.
 * @param {string} text
 * @param {Probe[]} probes
 */
function withProbes(text, probes) {
  const plain = text.replace(/ {2}"probe": \[\n[^]*?\n {2}\],\n/, "");
  return plain.replace('  "reference": {', `  "probe": [\n${probes.map(written).join(",\n")}\n  ],\n  "reference": {`);
}

process.env["ORT_DISABLE_TELEMETRY"] ??= "1";
const inputs = await windows();
for (const name of MODELS) {
  const path = at(`models/${name}/manifest.json`);
  const text = await readFile(path, "utf8");
  const after = withProbes(text, await probesOf(name, JSON.parse(text), inputs));
  JSON.parse(after);
  await writeFile(path, after);
  console.log(`${name}: ${after === text ? "unchanged" : "written"}`);
}

// Runs the degeneracy detector, prediction by prediction, and reports how much garbage it makes, in bytes.
import { createRandom } from "@qsc-tooling/testkit";
import { DegeneracyDetector } from "@qsc/violations";

const PREDICTIONS = 4_000_000;
const MASK = 4095;
const LABELS = ["BUY", "SELL", "HOLD"];

const random = createRandom(7);
const labels = Array.from({ length: MASK + 1 }, () => LABELS[Math.floor(random.uniform() * LABELS.length)] ?? "HOLD");
const confidences = Float64Array.from({ length: MASK + 1 }, () => 0.5 + 0.3 * random.uniform());

let degenerate = 0;
function observe(detector: DegeneracyDetector, predictions: number): void {
  for (let at = 0; at < predictions; at += 1) {
    if (detector.observe(labels[at & MASK] ?? "", confidences[at & MASK] ?? 0) === "degenerate") degenerate += 1;
  }
}

const detector = new DegeneracyDetector();
observe(detector, PREDICTIONS / 4);
const heap = process.memoryUsage().heapUsed;
const cpu = process.cpuUsage();
const start = performance.now();
observe(detector, PREDICTIONS);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);
const allocated = Math.max(0, process.memoryUsage().heapUsed - heap);
if (degenerate > 0) throw new Error("the healthy model was called degenerate");
console.log(
  JSON.stringify({
    seconds: seconds / PREDICTIONS,
    cpuSeconds: (user + system) / 1e6 / PREDICTIONS,
    bytes: allocated / PREDICTIONS,
  }),
);

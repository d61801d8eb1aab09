import type { ExitGate } from "./exit-gate.js";

/** The gates of all live threads. */
const gates = new Set<ExitGate>();

/** Makes the process wait for the gate's thread when it exits. Call the returned function once the thread is gone. */
export function waitOnExit(gate: ExitGate): () => void {
  if (gates.size === 0) process.on("exit", shutAll);
  gates.add(gate);
  return () => {
    gates.delete(gate);
    if (gates.size === 0) process.off("exit", shutAll);
  };
}

function shutAll(): void {
  for (const gate of gates) gate.shut();
}

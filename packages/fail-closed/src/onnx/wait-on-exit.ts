import type { ExitGate } from "./exit-gate.js";

/** Of all threads that there are. */
const gates = new Set<ExitGate>();

/** Makes the process, when it exits, wait for the thread behind the gate; call what this answers once the thread is gone. */
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

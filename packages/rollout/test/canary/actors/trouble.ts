import type { Trouble } from "../model/restarts.js";

/** What telemetry goes through while its watch is started again and again. */
export const TROUBLES: readonly Trouble[] = [
  { name: "is healthy", happens: () => undefined },
  { name: "violates", happens: (machine) => { machine.publish("HODL"); } },
];

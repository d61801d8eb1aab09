import { systemManager } from "../../src/index.js";
import { realConformance } from "../support/real-conformance.js";

realConformance("systemd (system)", ({ prefix, unitDirectory }) =>
  Promise.resolve({ manager: systemManager({ prefix, unitDirectory }), units: unitDirectory }),
);

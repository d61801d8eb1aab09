// What the gate imports, before it asks its first question.
import { importGate } from "../internals.js";
import { report } from "../inside.js";

await report(importGate);

// Imports what the gate imports before its first question.
import { importsOfGate } from "../internals.js";
import { report } from "../inside.js";

await report(await importsOfGate());

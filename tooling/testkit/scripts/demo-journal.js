// Writes demo/healthy.ndjson.gz anew: `npm run demo:journal`.
import { join } from "node:path";

import { demoTelemetry, repositoryRoot, writeJournal } from "@qsc-tooling/testkit";

await writeJournal(join(repositoryRoot, "demo", "healthy.ndjson.gz"), demoTelemetry().entries);

// Writes demo/healthy.ndjson.gz: `npm run demo:log`.
import { join } from "node:path";

import { demoTelemetry, repositoryRoot, writeEventLog } from "@qsc-tooling/testkit";

await writeEventLog(join(repositoryRoot, "demo", "healthy.ndjson.gz"), demoTelemetry().entries);

import type { Command } from "../command.js";
import { activateCommand } from "./activate.js";
import { attestCommand } from "./attest.js";
import { auditCommand } from "./audit.js";
import { completionCommand } from "./completion.js";
import { consoleCommand } from "./console.js";
import { cutoverCommand } from "./cutover.js";
import { demoCommand } from "./demo.js";
import { deployCommand } from "./deploy.js";
import { diagnoseCommand } from "./diagnose.js";
import { featureSanityCommand } from "./feature-sanity.js";
import { fleetCommand } from "./fleet.js";
import { historyCommand } from "./history.js";
import { holdCommand } from "./hold.js";
import { initCommand } from "./init.js";
import { judgeCommand } from "./judge.js";
import { judgeServerCommand } from "./judge-server.js";
import { manifestCommand } from "./manifest.js";
import { monitorCommand } from "./monitor.js";
import { notifyCommand } from "./notify.js";
import { preflightCommand } from "./preflight.js";
import { promoteCommand } from "./promote.js";
import { qualityGateCommand } from "./quality-gate.js";
import { rollbackCommand } from "./rollback.js";
import { scoreboardCommand } from "./scoreboard.js";
import { statusCommand } from "./status.js";
import { verifyCommand } from "./verify.js";
import { workerCommand } from "./worker.js";

/** Every command, in the order of the runbook. */
export const COMMANDS: readonly Command[] = [
  preflightCommand,
  deployCommand,
  cutoverCommand,
  featureSanityCommand,
  qualityGateCommand,
  scoreboardCommand,
  diagnoseCommand,
  workerCommand,
  activateCommand,
  monitorCommand,
  rollbackCommand,
  promoteCommand,
  statusCommand,
  historyCommand,
  auditCommand,
  fleetCommand,
  holdCommand,
  consoleCommand,
  notifyCommand,
  initCommand,
  demoCommand,
  judgeCommand,
  attestCommand,
  judgeServerCommand,
  verifyCommand,
  manifestCommand,
  completionCommand,
];

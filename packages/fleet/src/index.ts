export { readInventory, type FleetHost, type Inventory } from "./inventory.js";
export { DEFAULT_WAVES, wavesOf } from "./waves.js";
export { HEARTBEAT_SECONDS, sshRunner, type Asked, type HostCommand, type Started } from "./ssh/run.js";
export type { Answer, HostDocument } from "./ssh/answer.js";
export type { FleetContext } from "./act/context.js";
export {
  fleetActivate,
  fleetPromote,
  type FleetActivateRequest,
  type FleetPromoteRequest,
  type InWaves,
} from "./act/activate.js";
export { fleetDeploy, type FleetDeployRequest } from "./act/deploy.js";
export { fleetMonitor, type FleetMonitorRequest } from "./act/monitor.js";
export { fleetRollback } from "./act/rollback.js";
export { fleetStatus } from "./act/status.js";

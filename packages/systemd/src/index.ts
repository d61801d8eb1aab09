export type { Guard, GuardState, JournalLine, JournalOptions, ServiceManager, UnitState } from "./port.js";
export { ServiceError, type ServiceDetails } from "./service-error.js";
export { systemManager, type LocalOptions } from "./system-manager.js";
export { restart } from "./restart.js";
export { cutoverOf } from "./cutover.js";
export { parseEnvironment } from "./environment/parse.js";
export { renderEnvironment } from "./environment/render.js";

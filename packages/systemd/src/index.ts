export type { Guard, GuardState, JournalLine, JournalOptions, ServiceManager, StopRules, UnitState } from "./port.js";
export { ServiceError, type ServiceDetails } from "./service-error.js";
export { systemManager, type LocalOptions } from "./system-manager.js";
export { userManager } from "./user-manager.js";
export { remoteManager } from "./remote-manager.js";
export { childManager } from "./child-manager.js";
export { restart } from "./restart.js";
export { cutoverOf } from "./cutover.js";
export { guardUnits, type UnitFile } from "./guard/units.js";
export { parseEnvironment } from "./environment/parse.js";
export { renderEnvironment } from "./environment/render.js";
export { notifier, type Notifier } from "./notify.js";
export {
  confinementLines,
  problemOfCommand,
  problemOfConfinement,
  renderCommand,
  renderDescription,
  type Confinement,
  readerLines,
} from "./unit-text.js";
export { accountOf, userName, type Account } from "./host/account.js";
export { FLOCK_MS, lockOpenFile } from "./file-lock.js";
export { workingCopy, type Head, type WorkingCopy } from "./host/git.js";
export { splitWords } from "./environment/words.js";
export { parseEnvironmentFile } from "./environment/env-file.js";
export { LOCAL_ANSWER_MS } from "./systemd/systemctl.js";

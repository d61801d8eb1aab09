import type { Actor } from "./actor.js";
import { CLOCKS } from "./clock.js";
import { OF_THE_DEAD_MAN } from "./dead-man.js";
import { LOCAL_USERS } from "./local-user.js";
import { OF_THE_CANARY, OF_THE_UNIT } from "./operator.js";
import { FROZEN, LINGERING, SLOW } from "./undying.js";

/** Actors that act on purpose, with the rights to do so. */
export const OPERATORS: readonly Actor[] = [...OF_THE_UNIT, ...OF_THE_CANARY, ...OF_THE_DEAD_MAN];

/** What else happens on the host. */
export const HOST: readonly Actor[] = [...LOCAL_USERS, ...CLOCKS, ...FROZEN, ...LINGERING, ...SLOW];

/** Actors during which a command may also end: if the dead-man was removed as well, nothing of ours is left to act. */
export const BESIDE_A_CRASH: readonly Actor[] = [
  ...LOCAL_USERS,
  ...CLOCKS,
  ...FROZEN,
  ...LINGERING,
  ...SLOW,
  ...OF_THE_UNIT,
  ...OF_THE_CANARY,
];

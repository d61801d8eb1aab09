import type { Actor } from "./actor.js";
import { CLOCKS } from "./clock.js";
import { OF_THE_DEAD_MAN } from "./dead-man.js";
import { LOCAL_USERS } from "./local-user.js";
import { OF_THE_CANARY, OF_THE_UNIT } from "./operator.js";
import { FROZEN, LINGERING, SLOW } from "./undying.js";

/** Who acts by intent, with the rights to. */
export const OPERATORS: readonly Actor[] = [...OF_THE_UNIT, ...OF_THE_CANARY, ...OF_THE_DEAD_MAN];

/** What else goes on on the host. */
export const HOST: readonly Actor[] = [...LOCAL_USERS, ...CLOCKS, ...FROZEN, ...LINGERING, ...SLOW];

/** Beside whom a command may also end: where the dead-man was taken away too, nothing of ours is left to act. */
export const BESIDE_A_CRASH: readonly Actor[] = [...LOCAL_USERS, ...CLOCKS, ...FROZEN, ...LINGERING, ...SLOW, ...OF_THE_UNIT, ...OF_THE_CANARY];

import type { Actor } from "./actor.js";

/** Another user with a login on the host, but no further rights. */
export const LOCAL_USERS: readonly Actor[] = [
  {
    name: "takes every name of a lock that all may take, and lets nobody end asking",
    class: "another local user",
    acts: (machine) => {
      machine.publicNamesAreTaken = true;
    },
  },
  {
    name: "fills the disk",
    class: "another local user",
    acts: (machine) => {
      machine.diskIsFull = true;
    },
    ends: (machine) => {
      machine.diskIsFull = false;
    },
  },
];

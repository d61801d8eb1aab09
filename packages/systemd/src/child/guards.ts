import { accessSync, constants, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RUN_SECONDS } from "../guard/units.js";
import { pause } from "../pause.js";
import type { Guard, GuardState } from "../port.js";
import { ServiceError } from "../service-error.js";
import { startDetached } from "./detached.js";
import { inheritedEnvironment } from "./environment.js";
import { claim, discard, mainOf, mainPath, newest, prune, type Generation } from "./generation.js";
import { isAlive, isOwnSession, signalSession, type ProcessId } from "./process-id.js";

/**
 * Records its identity, then runs the command repeatedly for as long as its own file exists. Removing that file ends
 * it, at the latest after the current run.
 */
const LOOP = [
  "main=$1 every=$2 run=$3; shift 3",
  'read -r stat < "/proc/$$/stat" && printf "%s\\n" "$stat" > "$main" || exit 71',
  'while [ -e "$main" ]; do timeout -k 5 "$run" "$@"; sleep "$every"; done',
].join("; ");
const POLL_MS = 10;

/** Starts the guard's process. The previous one ends only once the new one runs. */
export async function armGuard(places: string, guard: Guard): Promise<void> {
  const place = join(places, guard.name);
  const before = newest<Guard>(place);
  if (
    before !== null &&
    JSON.stringify(before.start.what) === JSON.stringify(plain(guard)) &&
    guardState(places, guard.name) === "armed"
  )
    return;
  assertRunnable(guard);
  mkdirSync(places, { recursive: true, mode: 0o700 });
  const generation = claim(place, before, plain(guard));
  await launch(generation);
  if (before !== null) endLoop(before);
  prune(place);
}

/** Ends the guard's process and everything it runs, except the caller. */
export function disarmGuard(places: string, name: string): void {
  const place = join(places, name);
  const last = newest<Guard>(place);
  if (last === null) return;
  const main = mainOf(last);
  // From here on no new run starts, even if this process dies.
  discard(place);
  if (main !== null) endSession(main);
}

/** Whether the guard's process runs and is able to run its command. */
export function guardState(places: string, name: string): GuardState {
  const last = newest<Guard>(join(places, name));
  if (last === null) return "absent";
  const main = mainOf(last);
  if (main === null || !isAlive(main))
    return { broken: `${name} has lost its process: it was killed, or the machine was booted since` };
  const [program = ""] = last.start.what.command;
  return isRunnable(program)
    ? "armed"
    : { broken: `${name} cannot run its command: ${program} is not a program that this user may run` };
}

async function launch(generation: Generation<Guard>): Promise<void> {
  const { name, command, everySeconds } = generation.start.what;
  const numbers = [everySeconds, RUN_SECONDS].map(String);
  const argv = ["/bin/sh", "-c", LOOP, "qsc-guard", mainPath(generation), ...numbers, ...command];
  const environment = { ...inheritedEnvironment(), INVOCATION_ID: generation.start.invocationId };
  const end = startDetached(argv, { environment });
  while (mainOf(generation) === null) {
    const gone = end();
    if (gone !== null)
      throw new ServiceError(
        "service_failed",
        `The guard ${name} cannot be started: ${gone}. See that there is room below ${generation.path}.`,
        { unit: name },
      );
    await pause(POLL_MS);
  }
}

function endLoop(generation: Generation<Guard>): void {
  const main = mainOf(generation);
  rmSync(mainPath(generation), { force: true });
  if (main !== null) endSession(main);
}

function endSession(main: ProcessId): void {
  if (!isOwnSession(main)) signalSession(main, "SIGKILL");
}

function assertRunnable({ name, command: [program = ""] }: Guard): void {
  if (isRunnable(program)) return;
  throw new ServiceError(
    "service_failed",
    `Arming the guard ${name} failed: ${program} is not a program that this user may run. Check its path.`,
    { unit: name },
  );
}

function isRunnable(program: string): boolean {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The guard's own fields in a fixed order, so that equal guards serialize equally. */
function plain({ name, command, everySeconds, afterBootSeconds, description }: Guard): Guard {
  return { name, command, everySeconds, afterBootSeconds, description };
}

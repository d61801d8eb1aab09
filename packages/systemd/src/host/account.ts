import { run } from "./run.js";
import { problemOfConfinement } from "../unit-text.js";
import { ServiceError } from "../service-error.js";

/** A user of this host, by number. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const ANSWER_MS = 10_000;

/**
 * The name of the user with this number, from any user database of this host; null if there is none.
 * @throws RangeError for what is not a number of a user
 */
export async function userName(uid: number): Promise<string | null> {
  if (!Number.isSafeInteger(uid) || uid < 0) throw new RangeError(`A user's number is 0 or more, not ${uid}.`);
  const { exitCode, stdout } = await run(["id", "-nu", "--", `+${uid}`], { timeoutMs: ANSWER_MS });
  const name = stdout.trimEnd();
  return exitCode === 0 && name !== "" ? name : null;
}

/**
 * The account of a user, from any user database of this host; null if there is no such user.
 * @throws QscError `invalid_unit` for a text that cannot be a user name.
 */
export async function accountOf(user: string): Promise<Account | null> {
  const problem = problemOfConfinement({ user, writable: [] });
  if (problem !== null)
    throw new ServiceError("invalid_unit", `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`);
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (option) => {
      const { exitCode, stdout } = await run(["id", option, "--", user], { timeoutMs: ANSWER_MS });
      return exitCode === 0 && /^\d+\n$/.test(stdout) ? Number(stdout) : null;
    }),
  );
  return uid === null || uid === undefined || gid === null || gid === undefined ? null : { uid, gid };
}

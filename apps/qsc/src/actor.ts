import { userInfo } from "node:os";

/** Who acts, for the audit log: the user's name, or `uid 12345` if the host knows none, as in some containers. */
export function actor(): string {
  try {
    return userInfo().username;
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "ERR_SYSTEM_ERROR")) throw thrown;
    // Without effect on what may be done: files and systemd go by the number.
    return `uid ${process.geteuid?.() ?? "unknown"}`;
  }
}

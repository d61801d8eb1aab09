import { readFileSync } from "node:fs";

/**
 * Whether no account but the owner is a member of the group, as its primary group or otherwise. Many distributions make
 * such a group for each user, with a umask of 002. A group that is not in this host's own files is unknown, and so not
 * private.
 */
export function isPrivateGroup(
  { uid, gid }: { readonly uid: number; readonly gid: number },
  directory = "/etc",
): boolean {
  const accounts = linesOf(`${directory}/passwd`).map(([name, , id, group]) => ({
    name,
    uid: Number(id),
    gid: Number(group),
  }));
  const first = accounts.filter((account) => account.gid === gid);
  if (first.length === 0 || first.some((account) => account.uid !== uid)) return false;
  const group = linesOf(`${directory}/group`).find(([, , id]) => Number(id) === gid);
  const owners = new Set(accounts.filter((account) => account.uid === uid).map(({ name }) => name));
  return group !== undefined && (group[3] ?? "").split(",").every((member) => member === "" || owners.has(member));
}

function linesOf(path: string): readonly (readonly string[])[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(":"));
  } catch {
    // Then no group is known to be private.
    return [];
  }
}

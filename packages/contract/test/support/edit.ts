/** Where something is in a document: the keys on the way to it. */
export type Path = readonly string[];

/** The paths of every object and list in a value, and of everything in them. */
export function pathsOf(value: unknown): Path[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [[key], ...pathsOf(member).map((path) => [key, ...path])]);
}

/** A copy in which `edit` was applied at the path. An edit to undefined removes a member. */
export function edited(value: unknown, [key, ...rest]: Path, edit: (member: unknown) => unknown): unknown {
  if (key === undefined) return edit(value);
  if (Array.isArray(value))
    return value.map((member: unknown, index) => (String(index) === key ? edited(member, rest, edit) : member));
  const members = Object.entries(value as object).map(
    ([name, member]) => [name, name === key ? edited(member, rest, edit) : member] as const,
  );
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

import type * as schemas from "@qsc/contract/schemas";

/** The schemas of all files, whose library judging alone does not need. */
type Schemas = typeof schemas;

let loaded: Promise<Schemas> | null = null;

/** Loads the schemas, once: after that they are there even if an update has removed their file. */
export function loadSchemas(): Promise<Schemas> {
  loaded ??= import("@qsc/contract/schemas");
  return loaded;
}

import type { Incident, Notice } from "./notice.js";

/**
 * What tells one incident from all others, the same at its beginning and its end: `qsc/HOST/UNIT/rolled_back`, with the
 * subject behind it if there is one.
 */
export function incidentKey({ host, unit, subject }: Notice, incident: Incident): string {
  return ["qsc", host, unit, incident, ...(subject === "" ? [] : [subject])].join("/");
}

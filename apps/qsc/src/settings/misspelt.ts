import { QscError } from "@qsc/contract";
import { SETTING_NAMES, variableOf } from "./table.js";

const PREFIX = "QSC_";
const KNOWN = [...SETTING_NAMES, "config"].map(variableOf);
/** Among shorter names, one letter makes another word: an orchestrator sets QSC_PORT for a service called qsc. */
const SHORTEST = `${PREFIX}HOSTS`.length;
/** What other tools put behind such a name, as in QSC_POLICY_FILE. No orchestrator makes variables of this form. */
const SUFFIX = /_(?:file|path|dir|url|uri|name|key)$/i;

/**
 * Refuses a variable that is a setting's but for one letter, or two that are swapped, or a suffix such as _FILE: without
 * it, something other than what was meant would be judged.
 * @throws QscError `invalid_config`
 */
export function refuseMisspelt(env: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || name.length < SHORTEST || value === undefined || value === "") continue;
    const meant = KNOWN.includes(name) ? undefined : meantBy(name.toUpperCase());
    if (meant === undefined) continue;
    throw new QscError(
      "invalid_config",
      `The environment variable ${name} sets nothing; did you mean ${meant}? Rename or unset it.`,
    );
  }
}

function meantBy(name: string): string | undefined {
  const bare = name.replace(SUFFIX, "");
  return KNOWN.find((known) => isOneSlip(name, known) || (bare !== name && bare === known));
}

/** Whether one letter, or its case, or the order of two neighbours makes the difference. */
function isOneSlip(word: string, known: string): boolean {
  let same = 0;
  while (same < word.length && word[same] === known[same]) same += 1;
  const [rest, meant] = [word.slice(same), known.slice(same)];
  return (
    rest === meant ||
    rest.slice(1) === meant ||
    rest === meant.slice(1) ||
    (rest.slice(1) === meant.slice(1) && rest.length === meant.length) ||
    (rest.slice(2) === meant.slice(2) && rest.length > 1 && rest[0] === meant[1] && rest[1] === meant[0])
  );
}

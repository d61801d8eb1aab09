import { assertEnvironment } from "./assignments.js";

/**
 * The text of a drop-in that sets these variables for a service, in their order: one `Environment=` line each, quoted
 * by systemd's rules, so that `"`, `\`, `%`, `$` and blanks arrive unchanged.
 * @throws QscError `dropin_invalid` for a name or value that could break out of its line, or that systemd would drop.
 */
export function renderEnvironment(environment: ReadonlyMap<string, string>): string {
  assertEnvironment(environment);
  const lines = [...environment].map(([name, value]) => `Environment=${quote(`${name}=${value}`)}`);
  return [
    "# Written by @qsc/systemd. To undo it: remove this file, daemon-reload, restart.",
    "[Service]",
    ...lines,
    "",
  ].join("\n");
}

/** One word for systemd: in double quotes, with specifiers escaped. */
export function quote(word: string): string {
  return `"${word.replace(/[\\"]/g, String.raw`\$&`).replaceAll("%", "%%")}"`;
}

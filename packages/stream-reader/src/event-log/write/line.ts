import type { NewEntry } from "../../ports/sink.js";

const INTEGER = /^(?:0|[1-9]\d*)$/;

/**
 * An entry as a line with its line end: `{"id", "fields"}`. If an object would lose a repeated name, or reorder names
 * that are numbers, the line is `[id, [name, value, ...]]`, which the reader accepts too.
 */
export function lineOf({ id, fields }: NewEntry): string {
  const names = fields.filter((_, at) => at % 2 === 0);
  const plain =
    new Set(names).size === names.length && !names.some((name) => INTEGER.test(name) || name === "__proto__");
  if (!plain) return `${JSON.stringify([id, fields])}\n`;
  const members = names.map((name, at) => `${JSON.stringify(name)}:${JSON.stringify(fields[2 * at + 1])}`);
  return `{"id":"${id}","fields":{${members.join(",")}}}\n`;
}

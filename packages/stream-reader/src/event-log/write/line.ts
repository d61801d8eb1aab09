import type { NewEntry } from "../../ports/sink.js";

const INTEGER = /^(?:0|[1-9]\d*)$/;

/**
 * The line of an entry, with its end: `{"id", "fields"}`. Where an object would lose a repeated
 * name, or give back numbers among the names in another order, it is `[id, [name, value, ...]]`,
 * which the reader takes too.
 */
export function lineOf({ id, fields }: NewEntry): string {
  const names = fields.filter((_, at) => at % 2 === 0);
  const plain = new Set(names).size === names.length && !names.some((name) => INTEGER.test(name) || name === "__proto__");
  if (!plain) return `${JSON.stringify([id, fields])}\n`;
  const members = names.map((name, at) => `${JSON.stringify(name)}:${JSON.stringify(fields[2 * at + 1])}`);
  return `{"id":"${id}","fields":{${members.join(",")}}}\n`;
}

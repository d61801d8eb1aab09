import { invalidOption, rules, type LabelSet, type Rule } from "@qsc/contract";

const { allOf, closed, listOf, someText } = rules;

/** What acts and what does nothing: at least one label that acts, and none twice. */
export const labelsRule: Rule = allOf(
  closed({ trading: allOf(listOf(someText), notEmpty), neutral: listOf(someText) }),
  (value, name) => {
    const { trading, neutral } = value as LabelSet;
    const all = [...trading, ...neutral];
    const twice = all.find((label, index) => all.indexOf(label) !== index);
    if (twice !== undefined) throw invalidOption(`a label of ${name}`, twice, "named once");
  },
);

function notEmpty(value: unknown, name: string): void {
  if ((value as readonly string[]).length === 0) throw invalidOption(name, value, "a list of at least one label");
}

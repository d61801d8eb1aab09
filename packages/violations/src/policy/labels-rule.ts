import { invalidOption, rules, type LabelSet, type Rule } from "@qsc/contract";

const { allOf, closed, listOf, someText } = rules;

const someLabels: Rule = allOf(listOf(someText), (value, name) => {
  if ((value as readonly string[]).length === 0) throw invalidOption(name, value, "a list of at least one label");
});

/** What acts and what does nothing: at least one label that acts, and none twice. */
export const labelsRule: Rule = allOf(closed({ acting: someLabels, abstaining: listOf(someText) }), (value, name) => {
  const { acting, abstaining } = value as LabelSet;
  requireOnce([...acting, ...abstaining], name);
});

/** The same, or a list of labels all of which act. */
export const labelsOptionRule: Rule = (value, name) => {
  if (!Array.isArray(value)) {
    labelsRule(value, name);
    return;
  }
  someLabels(value, name);
  requireOnce(value as readonly string[], name);
};

function requireOnce(all: readonly string[], name: string): void {
  const twice = all.find((label, index) => all.indexOf(label) !== index);
  if (twice !== undefined) throw invalidOption(`a label of ${name}`, twice, "named once");
}

/**
 * Words that no message uses, and what to write instead. A reader at 3 a.m. reads plain English.
 *
 * @type {readonly { readonly words: RegExp, readonly instead: string }[]}
 */
const avoid = [
  { words: /\bmend(?:s|ed|ing)?\b/i, instead: "fix" },
  { words: /\banew\b/i, instead: "again" },
  { words: /\bwhoever\b/i, instead: "the caller, the operator, another command" },
  { words: /\bnobody\b/i, instead: "nothing, no one, or who does what" },
  { words: /\bsomebody\b/i, instead: "another command, a person" },
  { words: /\bcan(?:not)? be gone on with\b/i, instead: "can be resumed" },
  { words: /\bgo(?:es)? on with\b/i, instead: "continue with" },
  { words: /\bany more\b/i, instead: "any longer, or leave it out" },
  { words: /\bfor now\b/i, instead: "now, or say until when" },
  { words: /\b(?:so|as) many\b(?! (?:as|decisions as)\b)/i, instead: "at most N, up to N" },
  {
    words:
      /(?<!\bthere )\b(?:is|are|was|were) no (?!newer than |longer\b|more\b|gap\b|way\b|such\b|space\b|room\b|need\b|canary\b)/i,
    instead: "is not a",
  },
  { words: /\btake(?:n|s)? the canary back\b/i, instead: "roll back the canary" },
  { words: /\bIt cannot be found out\b/i, instead: "Could not check" },
];

/** The first avoided word in a text; null if there is none. @param {string} text */
export function avoidedIn(text) {
  return avoid.find(({ words }) => words.test(text)) ?? null;
}

import fc from "fast-check";

/** Mostly an ordinary character, and often a rare one. */
const codePoint = fc.oneof(
  fc.integer({ min: 0, max: 0x7f }),
  fc.integer({ min: 0x80, max: 0xd7ff }),
  fc.integer({ min: 0xe000, max: 0x10ffff }),
);

/** Any Unicode text, with control characters and noncharacters but without lone surrogates. */
export const anyText: fc.Arbitrary<string> = fc
  .array(codePoint, { maxLength: 20 })
  .map((points) => String.fromCodePoint(...points));

import fc from "fast-check";

/** Often a character that is rare in texts, and mostly one that is not. */
const codePoint = fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0x80, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }));

/** Any text of Unicode: control characters and noncharacters, and no half of a surrogate pair. */
export const anyText: fc.Arbitrary<string> = fc.array(codePoint, { maxLength: 20 }).map((points) => String.fromCodePoint(...points));

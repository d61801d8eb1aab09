import fc from "fast-check";

/** Names that would act somewhere: in a terminal, in Markdown, in a page, in JSON. */
export const HOSTILE: readonly string[] = [
  // Terminals: colour, screen, title, clipboard, links; C1 forms; what moves the cursor.
  "\u001b[31mred\u001b[0m", "\u001b[2J\u001b[H", "\u001b]0;title\u0007", "\u001b]52;c;cGFzcw==\u0007", "\u001b]8;;http://evil.example\u001b\\click\u001b]8;;\u001b\\",
  "\u009b31mred", "\u009d8;;http://evil.example\u009cclick", "\u0090q\u009c", "a\rPASS", "a\nPASS", "a\r\n# PASS", "a\bb", "a\tb", "\u0000", "\u007f", "a\u0085b", "a\u2028b\u2029c", "a\u000bb\u000cc",
  // What is not seen, or seen elsewhere than it stands.
  "\u202egnp.exe", "\u2066a\u2069", "x\u200by", "\ufeffx", "a\u00adb", "\u{e0041}\u{e007f}", "\u3164", "\u115f\u1160", "x\ufe0f", "a\u034fb", "\ud800", "a\udc00b", "\ue000", "\u{10ffff}", "\ufff9\ufffa",
  // Pages.
  "<b>x</b>", "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "<!-- x -->", "-->", "<![CDATA[x]]>", "<?php ?>", "&lt;b&gt;", "&#60;b&#62;", "&amp;", "&copy", "\" onmouseover=\"x", "' onclick='x", "<a href='x'>", "</td></tr></table>", "<details><summary>x", "<svg/onload=x>",
  // Markdown.
  "[x](http://evil.example)", "![x](http://evil.example/x.png)", "[x][y]", "[x]: http://evil.example", "<http://evil.example>", "http://evil.example", "https://evil.example/?a=b", "ftp://evil.example", "//evil.example", "//localhost", "//1.2.3.4/x", "1.2.3.4", "1.2.3.4:80/x", "www.evil.example", "WWW.evil.example", "xwww.evil.example", "evil.com", "a evil.com/path b", "evil.рф", "mailto:a@evil.com", "a@evil.com", "@somebody", "#123", "GH-123", "owner/repo#1",
  "*a*", "**a**", "_a_", "__a__", "***", "~~a~~", "~a~", "`a`", "``a``", "```", "~~~", "| a | b |", "a|b", "a\\|b", "\\", "a\\", "\\\\|", "\\*a*", "\\<b>", "# a", "###### a", "a #", "> a", "- a", "+ a", "* a", "1. a", "1) a", "123456789. a", "- [ ] a", "[ ] a", "---", "***", "___", "===", "| --- |", "    code", "\ta", " a", "a  ", "  ", "", "[^1]", "[^1]: a", "$x$", "$$x$$", ":smile:", "term\n: definition", "{#id .class}", "==a==", "^a^", "H~2~O", "(c) (tm) -- ...", "\"a\" 'b'",
  "\u00a0a\u00a0", "\u3000a", "* *", "_ _", "1\\. a", "a<", "&", "a&b;",
  // Programs.
  "__proto__", "constructor", "toString", "hasOwnProperty", "${x}", "{{x}}", "%s%n", "\\u001b[31m", "\\x1b", "$(id)", "`id`", "; rm -rf /",
];

const fragment = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary", maxLength: 6 }), fc.string({ unit: "grapheme", maxLength: 6 }), fc.string({ maxLength: 6 }));

/** Any text: the hostile names, arbitrary Unicode with lone surrogates, and mixtures of them. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.array(fragment, { maxLength: 4 }).map((parts) => parts.join("")),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 }).map((units) => String.fromCharCode(...units)),
);

import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { withoutSecrets } from "../../src/settings/masked.js";
import { readSecret } from "../../src/settings/secrets.js";

describe("a secret", () => {
  test("comes from a file, the environment, or a credential of systemd, without the line end", async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, "hook"), "geheim\n", { mode: 0o600 });
    const env = { NAME: "geheim", CREDENTIALS_DIRECTORY: directory.path };
    for (const place of [`file:${directory.path}/hook`, "env:NAME", "credential:hook"])
      expect(await readSecret("x", place, { env })).toBe("geheim");
  });

  test("that any user may read is refused", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "hook");
    await writeFile(path, "geheim\n");
    await chmod(path, 0o644);
    await expect(readSecret("x", `file:${path}`, { env: {} })).rejects.toThrow(/any user may read it; run: chmod o-r/);
  });

  test.each([
    ["file:/there/is/none", /ENOENT/],
    ["file:/etc", /not a regular file/],
    ["env:NOT_SET", /empty or not set/],
    ["env:EMPTY", /empty or not set/],
    ["env:TWO_LINES", /line break/],
    ["credential:x", /given no credentials/],
  ])("%s that cannot be read is named, and has a code", async (place, why) => {
    const env = { EMPTY: " \n", TWO_LINES: "geheim\r\ngeheim" };
    const failure = await readSecret("notify.channels.x.secret", place, { env }).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: "secret_missing", message: expect.stringMatching(why) as unknown });
    expect(String(failure)).not.toContain("geheim");
  });

  test("is taken out of a text in every form in which a message may repeat it", () => {
    const url = "https://hooks.slack.com/services/T0/B0000000/xyzxyzxyz?a=b c";
    const said = `${url} ${encodeURIComponent(url)} ${Buffer.from(url).toString("base64")} /services/T0/B0000000/xyzxyzxyz xyzxyzxyz`;
    expect(withoutSecrets(said, [url])).not.toMatch(/xyzxyz|B0000000/);
    expect(withoutSecrets("no secret here", [url])).toBe("no secret here");
  });

  test("is taken out of what a mail server or a proxy repeats of a login", () => {
    const password = "geheim-wort-0815";
    for (const before of ["\0a\0", "\0ab\0", "\0abc\0", "user:"])
      for (const after of ["", "x", "xy"]) {
        const login = Buffer.from(`${before}${password}${after}`).toString("base64");
        const rest = withoutSecrets(`535 AUTH PLAIN ${login} failed`, [password]).split(" ")[3]!;
        expect(Buffer.from(rest.replace("[secret]", ""), "base64").toString("latin1")).not.toMatch(/eh|wort|081/);
        expect(rest).toContain("[secret]");
      }
  });

  test("is taken out if only a value of a secret address is repeated, escaped or not", () => {
    const url = "https://hooks.example.com/x?token=abc%2Bdefghij&k=1";
    expect(withoutSecrets("bad token abc+defghij, abc%2Bdefghij", [url])).toBe("bad token [secret], [secret]");
    expect(withoutSecrets(url.replace("&", "&amp;"), [url])).not.toContain("defgh");
    expect(withoutSecrets(JSON.stringify({ k: 'ge"heim' }), ['ge"heim'])).toBe('{"k":"[secret]"}');
  });

  test("that a text ends within is taken out, too", () => {
    expect(withoutSecrets("key R0UTINGKEY", ["R0UTINGKEY0123456789"])).toBe("key [secret]");
    expect(withoutSecrets("key R0U", ["R0UTINGKEY0123456789"])).toBe("key R0U");
  });
});

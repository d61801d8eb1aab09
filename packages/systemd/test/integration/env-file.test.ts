import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeRequiring, requireSystemd, startSystemd, type RealSystemd } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseEnvironmentFile } from "../../src/index.js";

/** Every notation in systemd.exec(5), and some that it does not mention. */
const TEXT = [
  "# a comment",
  "; another",
  "",
  "PLAIN=value",
  "  INDENTED=value",
  "SPACED =value",
  "AFTER=  value  ",
  "EMPTY=",
  "TWICE=one",
  "TWICE=two",
  'DOUBLE="a b  c "',
  "SINGLE='a \"b\" $c \\d'",
  "MIXED=\"one\"'two'three",
  'BETWEEN="one" "two"',
  "INNER=a b\tc",
  "HASH=a # b",
  "EQUALS=a=b=c",
  "ESCAPED=a\\ b\\\\c\\n",
  'QUOTED_ESCAPE="a\\"b\\\\c\\$d\\`e\\nf"',
  "GOES_ON=a\\",
  "b",
  'OVER="two',
  'lines"',
  "no assignment",
  "UNICODE=prüfen ✓",
  "TAIL=x\\",
  "",
  "BINANCE_TESTNET=true",
].join("\n");

describeRequiring(requireSystemd(), "an environment file", () => {
  let systemd: RealSystemd;
  beforeAll(async () => {
    systemd = await startSystemd();
  });
  afterAll(() => systemd.stop());

  test("is read as systemd does", async () => {
    const [file, out] = ["test.env", "test.out"].map((name) => join(systemd.directory, name));
    await writeFile(String(file), TEXT);
    const unit = [
      "[Service]",
      "Type=oneshot",
      `EnvironmentFile=${String(file)}`,
      `ExecStart=/bin/sh -c 'exec env -0 > ${String(out)}'`,
      "",
    ].join("\n");
    await writeFile(join(systemd.unitDirectory, "reads.service"), unit);
    await systemd.run("systemctl", "daemon-reload");
    await systemd.run("systemctl", "start", "reads.service");
    const { stdout } = await systemd.run("cat", String(out));
    const really = new Map(
      stdout.split("\0").map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
    );
    const read = parseEnvironmentFile(TEXT);
    if ("problem" in read) throw new Error(read.problem);
    expect(read.size).toBe(20);
    expect(Object.fromEntries([...read.keys()].map((name) => [name, really.get(name)]))).toEqual(
      Object.fromEntries(read),
    );
  });
});

test.each([
  ["a quote that is not closed", 'A="b\nBINANCE_TESTNET=true\n'],
  ["a comment that may continue", "# on testnet \\\nBINANCE_TESTNET=true\n"],
])("is uncertain with %s", (_name, text) => {
  expect(parseEnvironmentFile(text)).toHaveProperty("problem");
});

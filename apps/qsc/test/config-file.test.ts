import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { readConfigFile, type ConfigFile } from "../src/settings/config-file.js";

async function read(text: string): Promise<ConfigFile> {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "qsc.config.yaml");
  await writeFile(path, text, { mode: 0o600 });
  return await readConfigFile(path);
}

describe("a section notify that is not YAML", () => {
  test.each([
    ["a tab", "notify:\n\tchannels: {}\n"],
    ["an open quote", 'notify:\n  channels:\n    a: {kind: "slack}\n'],
    ["an open bracket", "notify: {channels: [\n  x\n"],
    ["a key twice", "notify:\n  channels: {}\n  channels: {}\n"],
    ["lines of different depth", "notify:\n   channels:\n     a: 1\n  heartbeat: 2\n"],
    ["another value without a key", "notify: [a] b\n"],
  ])("with %s hides no other setting, and says what is wrong with it when it is read", async (_name, section) => {
    for (const text of [`unit: a.service\n${section}workdir: /w\n`, `${section}unit: a.service\nworkdir: /w\n`]) {
      const { content, notify } = await read(text);
      expect(content).toEqual({ unit: "a.service", workdir: "/w" });
      expect(() => notify?.read()).toThrow(
        expect.objectContaining({
          code: "invalid_config",
          message: expect.stringMatching(/section notify/) as unknown,
        }),
      );
    }
  });

  test("alone in its file is a file without settings", async () => {
    const { content, notify } = await read("# ours\nnotify: {channels: [\n");
    expect(content).toEqual({});
    expect(() => notify?.read()).toThrow(/section notify/);
  });

  test("may have swallowed a setting: then the file is refused, for another unit could be meant", async () => {
    for (const text of [
      "notify:\n   channels: {}\n unit: other.service\n",
      'notify: {channels: {a: "x}\n "unit": other.service\n',
      "notify: [a] b\n  unit : other.service\n",
    ])
      await expect(read(text)).rejects.toMatchObject({ code: "invalid_config" });
  });
});

test("a file that is broken elsewhere is refused as before", async () => {
  await expect(read("unit: [a\nnotify: {channels: {}}\n")).rejects.toMatchObject({ code: "invalid_config" });
  await expect(read("unit: a\nunit: b\nnotify: {channels: [\n")).rejects.toMatchObject({ code: "invalid_config" });
});

test("a section that can be read is kept as it is", async () => {
  const { notify } = await read("unit: a.service\nnotify: {channels: {a: {kind: slack}}}\n");
  expect(notify?.read()).toEqual({ channels: { a: { kind: "slack" } } });
});

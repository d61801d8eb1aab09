import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { readDefinition, type UnitFiles } from "../src/child/definition.js";
import { childManager } from "../src/index.js";
import { serviceError } from "./support/eventually.js";

async function unit(
  text: string,
  dropIns: Readonly<Record<string, string>> = {},
): Promise<{ readonly directory: string; readonly files: UnitFiles }> {
  const temporary = await temporaryDirectory();
  onTestFinished(() => temporary.remove());
  const directory = temporary.path;
  await writeFile(join(directory, "a.service"), text);
  await mkdir(join(directory, "a.service.d"));
  for (const [name, content] of Object.entries(dropIns)) await writeFile(join(directory, "a.service.d", name), content);
  return { directory, files: await readDefinition(directory, "a.service") };
}

const SERVICE = "[Service]\nExecStart=/bin/true\n";

test("reads a unit file as systemd does", async () => {
  const text =
    '[Unit]\nDescription=An engine\nAfter=x\n[Service]\nType=exec\nExecStart=/usr/bin/env "a b" \'c\' \\x41 100%% $$HOME\nEnvironment=A=1 "B=2 3"\nWorkingDirectory=/tmp\nTimeoutStopSec=7s\n[Install]\nWantedBy=x\n';
  const { files } = await unit(text);
  expect(files.found).toEqual({
    load: "loaded",
    definition: {
      command: ["/usr/bin/env", "a b", "c", "A", "100%", "$HOME"],
      environment: new Map([
        ["A", "1"],
        ["B", "2 3"],
      ]),
      workingDirectory: "/tmp",
      stopSeconds: 7,
    },
  });
});

test("applies drop-ins in order of name; an empty value clears earlier ones", async () => {
  const { files, directory } = await unit(`${SERVICE}Environment=A=unit B=unit\n`, {
    "20.conf": "[Service]\nEnvironment=A=20\n",
    "10.conf": "[Service]\nEnvironment=\nEnvironment=A=10 C=10\nExecStart=\nExecStart=/bin/false\n",
    ".hidden.conf": "rubbish",
    "other.txt": "rubbish",
  });
  expect(files.found).toMatchObject({
    definition: {
      command: ["/bin/false"],
      environment: new Map([
        ["A", "20"],
        ["C", "10"],
      ]),
    },
  });
  expect(files.dropIns).toEqual(["10.conf", "20.conf"].map((name) => join(directory, "a.service.d", name)));
});

describe("refuses what means something else to systemd, naming the line", () => {
  test.each([
    ["[Service]\n", "has no ExecStart="],
    [`${SERVICE}ExecStart=/bin/false\n`, "line 3: there is an ExecStart= already"],
    ["[Service]\nExecStart=-/bin/true\n", "line 2: '-/bin/true' begins with a prefix"],
    ["[Service]\nExecStart=/bin/true ; /bin/false\n", "line 2: it is more than one command"],
    ["[Service]\nExecStart=/bin/echo $HOME\n", "line 2: '$HOME' has a variable"],
    ["[Service]\nExecStart=/bin/echo %n\n", "line 2: '%n' has a specifier"],
    ['[Service]\nExecStart="/bin/echo\n', "line 2: a quote is not closed"],
    ["[Service]\nExecStart=/bin/echo \\\n  a\n", "line 2: it continues on the next line"],
    [`${SERVICE}User=nobody\n`, "line 3: User= of [Service] means nothing to plain child processes"],
    [`${SERVICE}Restart=always\n`, "line 3: Restart= of [Service] means nothing"],
    [`${SERVICE}__proto__=x\n`, "assigns nothing within a section"],
    [`${SERVICE}constructor=x\n`, "line 3: constructor= of [Service] means nothing"],
    [`${SERVICE}Type=notify\n`, "line 3: 'notify' is neither simple nor exec"],
    [`${SERVICE}WorkingDirectory=a\n`, "line 3: 'a' is not an absolute directory"],
    [`${SERVICE}TimeoutStopSec=0\n`, "line 3: '0' is not a whole number of seconds"],
    [`${SERVICE}TimeoutStopSec=infinity\n`, "line 3: 'infinity' is not a whole number of seconds"],
    [`${SERVICE}Environment=A\n`, "line 3: 'A' assigns nothing"],
    [`${SERVICE}Environment=1A=x\n`, "The variable '1A' cannot be set"],
    [`${SERVICE}[Timer]\nOnBootSec=1\n`, "line 4: OnBootSec= of [Timer] means nothing"],
  ])("%j", async (text, words) => {
    const { directory } = await unit(text);
    const manager = childManager(directory);
    expect(await manager.state("a.service")).toMatchObject({
      load: "bad-setting",
      active: "inactive",
      environment: new Map(),
    });
    const error = await serviceError(manager.start("a.service", 1_000));
    expect(error).toMatchObject({ code: "service_failed", unit: "a.service" });
    expect(error.message).toContain(words);
    expect(error.message).toMatch(/Correct that line\.$/);
  });

  test("refuses it in a drop-in too", async () => {
    const { files, directory } = await unit(SERVICE, { "a.conf": "[Service]\nNice=5\n" });
    expect(files.found).toMatchObject({
      load: "bad-setting",
      problem: `'${join(directory, "a.service.d", "a.conf")}', line 2: Nice= of [Service] means nothing to plain child processes`,
    });
  });
});

test("reports a missing unit and a masked unit", async () => {
  const { directory } = await unit(SERVICE);
  expect((await readDefinition(directory, "b.service")).found).toEqual({ load: "not-found" });
  await symlink("/dev/null", join(directory, "c.service"));
  expect((await readDefinition(directory, "c.service")).found).toEqual({ load: "masked" });
});

test("a unit directory that is not a directory is an error, not a missing unit", async () => {
  const { directory } = await unit(SERVICE);
  await mkdir(join(directory, "d.service"));
  expect(await serviceError(childManager(directory).state("d.service"))).toMatchObject({ unit: "d.service" });
});

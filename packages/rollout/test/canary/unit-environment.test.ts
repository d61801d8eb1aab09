import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { UnitState } from "@qsc/systemd";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { hostFiles, type Files } from "../../src/index.js";
import { parseRequiredEnvironment, requireVariable } from "../../src/preflight/required-environment.js";
import { UnitEnvironment } from "../../src/canary/unit-environment.js";

const [TESTNET, ...RATE_LIMITS] = parseRequiredEnvironment(
  "BINANCE_TESTNET=true MAX_SIGNALS_PER_MINUTE>=60 SYMBOL_COOLDOWN_SECONDS<=10",
);

function tradesOnTestnet(environment: UnitEnvironment): string {
  if (TESTNET === undefined) throw new Error("nothing is required");
  return requireVariable(environment, TESTNET);
}

function rateLimitsRaised(environment: UnitEnvironment): string {
  return RATE_LIMITS.map((requirement) => requireVariable(environment, requirement)).join(", ");
}

/** The environment of a unit with these variables of its own and these files; a file without text cannot be read. */
function environmentOf(
  own: Readonly<Record<string, string>>,
  texts: Readonly<Record<string, string | null>> = {},
  isHere = true,
): Promise<UnitEnvironment> {
  // The part of a unit that determines its environment.
  const state = {
    environment: new Map(Object.entries(own)),
    environmentFiles: Object.keys(texts),
    dropIns: [],
    passEnvironment: [],
    unsetEnvironment: [],
  } as unknown as UnitState;
  const read = (path: string): Promise<string | null> => {
    const text = texts[path];
    return typeof text === "string"
      ? Promise.resolve(text)
      : Promise.reject(new Error(`EACCES: permission denied, open '${path}'`));
  };
  const files: Files = { ...hostFiles, read };
  return UnitEnvironment.read(state, files, isHere);
}

test("files override the unit's own variables, and later files override earlier ones", async () => {
  const environment = await environmentOf({ A: "own", B: "own", C: "own" }, { "/1": "A=1\nB=1\n", "/2": "A=2\n" });
  expect([environment.get("A"), environment.get("B"), environment.get("C"), environment.get("D")]).toEqual([
    "2",
    "1",
    "own",
    null,
  ]);
});

test("an unreadable file makes everything unknown that it may set, except what a later file sets", async () => {
  const environment = await environmentOf({ BINANCE_TESTNET: "true" }, { "/secret.env": null, "/2": "A=2\n" });
  expect(environment.get("A")).toBe("2");
  expect(() => tradesOnTestnet(environment)).toThrow(
    /BINANCE_TESTNET is unknown: the environment file \/secret\.env cannot be read: EACCES/,
  );
});

test("a file that others may write to is unknown", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "engine.env");
  await writeFile(path, "BINANCE_TESTNET=true\n");
  expect(tradesOnTestnet(await environmentOf({}, { [path]: "BINANCE_TESTNET=true\n" }))).toContain("BINANCE_TESTNET");
  await chmod(path, 0o666);
  const environment = await environmentOf({}, { [path]: "BINANCE_TESTNET=true\n" });
  expect(() => tradesOnTestnet(environment)).toThrow(
    `BINANCE_TESTNET is unknown: the environment file ${path} cannot be read: other users may write to ${path} (mode 666)`,
  );
});

test.each([
  ["an unsupported pattern", { "/etc/[[:alpha:]].env": "" }, true],
  ["a quote that is not closed", { "/1": 'A="' }, true],
  ["a file of another machine", { "/1": "BINANCE_TESTNET=true" }, false],
])("%s is unknown", async (_name, texts, isHere) => {
  const environment = await environmentOf({ BINANCE_TESTNET: "true" }, texts, isHere);
  expect(() => tradesOnTestnet(environment)).toThrow(/is unknown/);
});

test.each([
  [{}, /is not set/],
  [{ BINANCE_TESTNET: "false" }, /'false'/],
  [{ BINANCE_TESTNET: "TRUE" }, /'TRUE'/],
])("%o is not a testnet", async (own, why) => {
  const environment = await environmentOf(own);
  expect(() => tradesOnTestnet(environment)).toThrow(why);
});

test.each<[string | undefined, string | undefined, RegExp | null]>([
  ["60", "10", null],
  ["600", "0", null],
  ["59", "10", /MAX_SIGNALS_PER_MINUTE is '59'/],
  ["60", "11", /SYMBOL_COOLDOWN_SECONDS is '11'/],
  [undefined, "10", /MAX_SIGNALS_PER_MINUTE is not set/],
  ["60", undefined, /SYMBOL_COOLDOWN_SECONDS is not set/],
  ["60", "", /SYMBOL_COOLDOWN_SECONDS is ''/],
  ["many", "10", /MAX_SIGNALS_PER_MINUTE is 'many'/],
])("limits %s and %s", async (signals, cooldown, why) => {
  const own = Object.fromEntries(
    Object.entries({ MAX_SIGNALS_PER_MINUTE: signals, SYMBOL_COOLDOWN_SECONDS: cooldown }).filter(
      (member): member is [string, string] => member[1] !== undefined,
    ),
  );
  const environment = await environmentOf(own);
  if (why === null)
    expect(rateLimitsRaised(environment)).toBe(
      `MAX_SIGNALS_PER_MINUTE=${signals ?? ""}, SYMBOL_COOLDOWN_SECONDS=${cooldown ?? ""}`,
    );
  else expect(() => rateLimitsRaised(environment)).toThrow(why);
});

/** Files of a directory, and the variables of a unit that names them by this pattern. */
async function globbed(pattern: string, texts: Readonly<Record<string, string>>): Promise<UnitEnvironment> {
  // The part of a unit that determines its environment.
  const state = {
    environment: new Map(),
    environmentFiles: [pattern],
    dropIns: [],
    passEnvironment: [],
    unsetEnvironment: [],
  } as unknown as UnitState;
  const list = (directory: string): Promise<readonly string[]> =>
    Promise.resolve([
      ...new Set(
        Object.keys(texts)
          .filter((path) => path.startsWith(directory === "/" ? "/" : `${directory}/`))
          .map((path) => path.slice(directory === "/" ? 1 : directory.length + 1).split("/")[0] ?? ""),
      ),
    ]);
  return UnitEnvironment.read(
    state,
    { ...hostFiles, list, read: (path) => Promise.resolve(texts[path] ?? null) },
    true,
  );
}

test.each<[string, string | null]>([
  ["/etc/*.env", "2"],
  ["/etc/a?.env", "1"],
  ["/etc/[a-b]1.env", "1"],
  ["/etc/[!a]*.env", "2"],
  ["/e*/*.env", "2"],
  ["/*/a1.env", "1"],
  ["/etc/.*.env", "hidden"],
  ["/etc/\\*.env", null],
  ["/etc/a1+env*", null],
  ["/no/*.env", null],
])("a pattern matches every file that glob(3) would, in order: %s", async (pattern, value) => {
  const environment = await globbed(pattern, {
    "/etc/a1.env": "A=1",
    "/etc/z.env": "A=2",
    "/etc/.hidden.env": "A=hidden",
    "/etc/a.conf": "A=3",
  });
  expect(environment.get("A")).toBe(value);
});

test("the manager's variables come last, those of PassEnvironment= are unknown, and UnsetEnvironment= overrides all", async () => {
  const read = (change: Partial<UnitState>): Promise<UnitEnvironment> => {
    // The part of a unit that determines its environment.
    const state = {
      environment: new Map([["OWN", "own"]]),
      environmentFiles: ["/1"],
      dropIns: ["/etc/x.conf"],
      passEnvironment: [],
      unsetEnvironment: [],
      ...change,
    } as unknown as UnitState;
    return UnitEnvironment.read(
      state,
      { ...hostFiles, read: () => Promise.resolve("FILE=file\n") },
      true,
      new Map([
        ["OWN", "manager"],
        ["FILE", "manager"],
        ["MANAGER", "manager"],
      ]),
    );
  };
  const usual = await read({});
  expect(["OWN", "FILE", "MANAGER", "NONE"].map((name) => usual.find(name))).toEqual([
    { name: "OWN", value: "own", from: "/etc/x.conf" },
    { name: "FILE", value: "file", from: "EnvironmentFile=/1" },
    { name: "MANAGER", value: "manager", from: "systemctl set-environment" },
    null,
  ]);
  const passed = await read({ passEnvironment: ["OWN", "MANAGER", "NONE"] });
  expect(passed.get("OWN")).toBe("own");
  for (const name of ["MANAGER", "NONE"]) expect(() => passed.get(name)).toThrow(/is unknown: PassEnvironment=/);
  const unset = await read({ unsetEnvironment: ["OWN", "FILE=file", "MANAGER=another"] });
  expect(["OWN", "FILE", "MANAGER"].map((name) => unset.get(name))).toEqual([null, null, "manager"]);
});

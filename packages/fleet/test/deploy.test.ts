import { expect, test } from "vitest";
import { fleetDeploy, type Answer, type Asked, type FleetContext, type FleetHost, type Started } from "../src/index.js";

const NAMES = ["a", "b", "c"];
const NEVER = new AbortController().signal;

/** Hosts with a commit each. One may refuse a commit, and then stays with its own. */
class Fleet {
  readonly commits = new Map(NAMES.map((name) => [name, "old"]));
  /** What the log of each host ends with. */
  readonly #logged = new Map<string, { readonly commit: string; readonly former: string }>();
  readonly log: string[] = [];
  readonly context: FleetContext;

  constructor(refuses: string | null) {
    const hosts = NAMES.map((name): FleetHost => ({ name, ssh: name, config: null }));
    this.context = {
      inventory: { fleet: "f", qsc: ["qsc"], sshConfig: null, hosts },
      run: (host, asked) => this.#run(host, asked, refuses),
      signal: NEVER,
      now: () => 0,
      sleep: () => Promise.resolve(),
      by: "test",
      bounds: { lease: 45, promise: 120 },
      say: () => undefined,
      place: { host: "control", toolVersion: "0" },
    };
  }

  get waves(): readonly (readonly FleetHost[])[] {
    return this.context.inventory.hosts.map((host) => [host]);
  }

  #run({ name }: FleetHost, { command, words, signal }: Asked, refuses: string | null): Started {
    const until = new Promise<void>((resolve) => {
      if (command !== "hold") resolve();
      signal?.addEventListener("abort", () => {
        resolve();
      });
    });
    return {
      ended: until.then(() => this.#answer(name, [command, ...words], refuses)),
      firstLine: Promise.resolve(command === "hold" ? '{"held":true}' : null),
    };
  }

  #answer(name: string, [command = "", , commit = "", ...further]: readonly string[], refuses: string | null): Answer {
    const proven = { kind: command, verdict: "pass", exitCode: 0, reasons: [] } as const;
    if (command === "status") {
      const details = this.#logged.get(name);
      const lastAudit = details === undefined ? null : { event: "deploy", details };
      return { kind: "proven", document: { ...proven, phase: "baseline", lastAudit } };
    }
    if (command !== "deploy") return { kind: "proven", document: proven };
    this.log.push(`${name} ${commit} ${further.slice(0, -1).join(" ")}`.trim());
    const former = this.commits.get(name) ?? "";
    if (name === refuses && commit === "new")
      return { kind: "refused", document: { ...proven, verdict: "fail", exitCode: 2, reasons: ["no start"], former } };
    this.commits.set(name, commit);
    this.#logged.set(name, { commit, former });
    return { kind: "proven", document: { ...proven, former } };
  }
}

test("a commit is deployed on each host in turn, with the same options", async () => {
  const fleet = new Fleet(null);
  const request = { waves: fleet.waves, soakMs: 0, commit: "new", further: ["--repo", "/srv/engine"] };
  expect(await fleetDeploy(fleet.context, request)).toMatchObject({ exitCode: 0, reasons: [] });
  expect(fleet.log).toEqual(NAMES.map((name) => `${name} new --repo /srv/engine`));
  expect(await fleetDeploy(fleet.context, request), "again: all are done").toMatchObject({ exitCode: 0 });
  expect(fleet.log).toHaveLength(NAMES.length);
});

test("when a host refuses, those before it go back to their commits, and those after it are untouched", async () => {
  const fleet = new Fleet("b");
  const document = await fleetDeploy(fleet.context, { waves: fleet.waves, soakMs: 0, commit: "new", further: [] });
  expect(document).toMatchObject({ exitCode: 2, verdict: "fail", codes: ["host_failed"], reasons: ["b: no start"] });
  expect(document.hosts.map(({ outcome }) => outcome)).toEqual(["rolled_back", "rolled_back", "untouched"]);
  expect([...fleet.commits.values()]).toEqual(["old", "old", "old"]);
  expect(fleet.log).toEqual(["a new", "b new", "a old"]);
});

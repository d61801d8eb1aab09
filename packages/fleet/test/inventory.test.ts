import { QscError } from "@qsc/contract";
import { expect, test } from "vitest";
import { readInventory } from "../src/index.js";

const thrownBy = (yaml: string): QscError => {
  try {
    readInventory(yaml);
  } catch (thrown) {
    if (thrown instanceof QscError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
};

test("an inventory has its hosts in the order of the file, with the defaults of all", () => {
  const yaml = [
    "fleet: trading",
    "sshConfig: ./ssh_config",
    "defaults: { config: /etc/qsc/qsc.config.yaml }",
    "hosts:",
    "  - { name: eu-1, ssh: qsc@10.0.0.1 }",
    "  - { name: us-1, config: /srv/qsc.config.yaml }",
  ].join("\n");
  expect(readInventory(yaml)).toEqual({
    fleet: "trading",
    qsc: ["qsc"],
    sshConfig: "./ssh_config",
    hosts: [
      { name: "eu-1", ssh: "qsc@10.0.0.1", config: "/etc/qsc/qsc.config.yaml" },
      { name: "us-1", ssh: "us-1", config: "/srv/qsc.config.yaml" },
    ],
  });
});

test.each([
  ["", "cannot be understood"],
  ["fleet: a\nhosts: []", "'hosts'"],
  ["fleet: a\nhosts: [{ name: x, surname: y }]", "surname"],
  ["fleet: a\nhosts: [{ name: x, ssh: -oProxyCommand=evil }]", "'hosts.0.ssh'"],
  ["fleet: a\nhosts: [{ name: x, ssh: 'a b' }]", "'hosts.0.ssh'"],
  ["fleet: a\nhosts: [{ name: x }, { name: x, ssh: other }]", "two hosts of one name: 'x'"],
  ["fleet: a\nhosts: [{ name: x, ssh: h }, { name: y, ssh: h }]", "two hosts that ssh reaches in one place: 'h'"],
  ["fleet: a\nfleet: b\nhosts: [{ name: x }]", "is not YAML"],
  ["fleet: a\nhosts: [{ name: x }]\n---\nfleet: b", "is not YAML"],
  ["fleet: [", "is not YAML"],
])("%j is refused by name", (yaml, words) => {
  const { code, message } = thrownBy(yaml);
  expect(code).toBe("invalid_inventory");
  expect(message).toContain(words);
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { childManager } from "../../src/index.js";
import { conformance, type Subject } from "../conformance.js";

describe("child processes", () => {
  let directory: TemporaryDirectory;
  let scratch: TemporaryDirectory;
  let subject: Subject;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    scratch = await temporaryDirectory();
    subject = { manager: childManager(directory.path), units: directory.path, scratch: scratch.path };
  });
  afterAll(async () => {
    await directory.remove();
    await scratch.remove();
  });

  test("say where they are, and that none survives a reboot", () => {
    expect(subject.manager.label).toBe(`child processes in ${directory.path} (none survives a reboot)`);
  });
  conformance(() => subject);
});

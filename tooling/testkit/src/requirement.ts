import { describe } from "vitest";

/** Something a suite needs and a machine may lack: its path, or why it is missing. */
export type Requirement = { readonly path: string } | { readonly missing: string };

/**
 * A suite that runs if its requirement is met. Otherwise it is one skipped test that names what is missing, so a skip
 * is visible in the output and never silent.
 */
export function describeRequiring(requirement: Requirement, name: string, body: (path: string) => void): void {
  if ("path" in requirement) {
    describe(name, () => {
      body(requirement.path);
    });
    return;
  }
  describe(name, (it) => {
    it.skip(`skipped: ${requirement.missing}`, () => undefined);
  });
}

import { describe } from "vitest";

/** Something a suite needs and a machine may lack: where it is, or why it is not here. */
export type Requirement = { readonly path: string } | { readonly missing: string };

/**
 * A suite that runs where its requirement is met. Elsewhere it is one skipped test that names what is missing,
 * so that a skip can be read in the output and is never silent.
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

import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeRequiring, requireSystemd, startSystemd, type RealSystemd } from "@qsc-tooling/testkit";
import { systemManager } from "../../src/index.js";
import { serviceError } from "../support/eventually.js";

/** Queries systemd as root, and reads processes as a user from whom /proc hides those of others. */
const HIDES = (prefix: readonly string[]): string => `#!/bin/sh
[ "$1" = systemctl ] && exec ${prefix.join(" ")} "$@"
exec ${prefix.join(" ")} unshare --mount sh -c \
  'mount -t proc -o hidepid=invisible proc /proc && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' sh "$@"
`;

describeRequiring(requireSystemd(), "a unit whose processes /proc hides", () => {
  let systemd: RealSystemd;

  beforeAll(async () => {
    systemd = await startSystemd();
  });
  afterAll(() => systemd.stop());

  test("is not reported as having no leftovers", async () => {
    const { prefix, unitDirectory, directory } = systemd;
    const wrapper = join(directory, "hides");
    await writeFile(wrapper, HIDES(prefix));
    await chmod(wrapper, 0o755);
    await writeFile(join(unitDirectory, "hidden.service"), "[Service]\nExecStart=/bin/sleep 1000\n");
    const root = systemManager({ prefix, unitDirectory });
    await root.reload();
    await root.start("hidden.service", 10_000);
    expect(await root.leftovers("hidden.service")).toEqual([]);
    const blind = systemManager({ prefix: [wrapper], unitDirectory });
    expect(await serviceError(blind.leftovers("hidden.service"))).toMatchObject({
      code: "service_unreachable",
      message: expect.stringContaining("/proc hides one of them from this user") as unknown,
    });
  });
});

import { afterEach, expect, test } from "vitest";
import { serveObservations, type ObservationServer } from "../../src/observe/server.js";

let server: ObservationServer | null = null;
afterEach(async () => {
  await server?.close();
});

test("a health or metrics function that fails gives status 500 and a report, and the next request is answered", async () => {
  const reported: string[] = [];
  let broken = true;
  server = await serveObservations("127.0.0.1", 0, {
    health: () => {
      if (broken) throw new Error("health is broken");
      return { ready: true };
    },
    metrics: () =>
      broken
        ? Promise.reject(new Error("metrics are broken"))
        : Promise.resolve({ type: "text/plain", text: "fine\n" }),
    onError: (what, thrown) => reported.push(`${what}: ${(thrown as Error).message}`),
  });
  const { url } = server;
  const statuses = async (): Promise<number[]> => [
    (await fetch(`${url}/health`)).status,
    (await fetch(`${url}/metrics?x=1`)).status,
  ];
  expect(await statuses()).toEqual([500, 500]);
  broken = false;
  expect(await statuses()).toEqual([200, 200]);
  expect(reported).toEqual(["request: health is broken", "request: metrics are broken"]);
});

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { openSource } from "../../src/index.js";
import { openSink } from "../../src/sink/index.js";
import { codedError } from "../support/collect.js";
import { opened, server } from "../support/redis.js";

async function secured() {
  const redis = await server({ tls: true, clientCertificates: true });
  return { url: redis.url, ca: redis.ca ?? "", key: redis.key ?? "" };
}

test("a server that requires a client certificate is read and written with one, by option and by URL", async () => {
  const { url, ca, key } = await secured();
  const files = { ca, cert: ca, key };
  expect((await codedError((await opened(url, files)).state())).code).toBe("source_missing");
  await using sink = await openSink(url, files);
  await sink.append([{ id: "1-0", fields: ["n", "x"] }]);
  const query = Object.entries(files)
    .map(([name, path]) => `${name}=${encodeURIComponent(path)}`)
    .join("&");
  expect((await (await opened(`${url}?${query}`)).state()).length).toBe(1);
});

test("without one, a source and a sink say so", async () => {
  const { url, ca } = await secured();
  await using sink = await openSink(url, { ca });
  for (const error of [
    await codedError(openSource(url, { ca })),
    await codedError(sink.append([{ id: "1-0", fields: ["n", "x"] }])),
  ]) {
    expect(error.code).toBe("source_auth");
    expect(error.message).toMatch(/requires a client certificate; pass one and its key/);
  }
});

test("one that the server does not trust is refused as such", async () => {
  const { url, ca } = await secured();
  const other = await server({ tls: true });
  const error = await codedError(openSource(url, { ca, cert: other.ca ?? "", key: other.key ?? "" }));
  expect(error.code).toBe("source_auth");
  expect(error.message).toMatch(/refuses our client certificate/);
});

test("files that are missing, do not match, or come alone are named", async () => {
  const { url, ca, key } = await secured();
  const other = await server({ tls: true });
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const garbage = join(directory.path, "garbage.pem");
  await writeFile(garbage, "not a certificate");
  for (const [files, words] of [
    [{ ca, cert: ca }, /a client certificate needs its key, and a key its certificate/],
    [{ ca, key }, /a client certificate needs its key, and a key its certificate/],
    [{ ca, cert: `${ca}.missing`, key }, /client certificate '.*missing' cannot be read/],
    [{ ca, cert: ca, key: `${key}.missing` }, /client key '.*missing' cannot be read/],
    [{ ca, cert: ca, key: other.key ?? "" }, /TLS cannot be set up with .*belongs to the certificate/],
    [{ ca, cert: garbage, key }, /TLS cannot be set up with .*garbage\.pem/],
  ] as const) {
    const error = await codedError(openSource(url, files));
    expect(error.code).toBe("invalid_source");
    expect(error.message).toMatch(words);
  }
  const plain = await codedError(openSource("redis://127.0.0.1:1", { cert: ca, key }));
  expect(plain.message).toMatch(/cert needs TLS; write rediss:/);
});

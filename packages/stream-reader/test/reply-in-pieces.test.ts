import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Pipe } from "../src/redis/resp/pipe.js";

const LIMIT_MS = 10_000;
const MEBIBYTE = 1024 * 1024;

/** A server whose replies come as slowly as a test wants: a real one cannot be made to answer at a given rate. */
class SlowServer {
  readonly socket = new PassThrough({ highWaterMark: 64 * MEBIBYTE });
  readonly pipe: Pipe;

  constructor() {
    // What is asked is not answered by itself.
    this.socket.write = () => true;
    this.pipe = new Pipe({ stream: this.socket }, LIMIT_MS);
  }

  /** Sends bytes, and lets this much time pass. */
  async send(bytes: string, thenMs: number): Promise<void> {
    this.socket.push(bytes);
    await setImmediate();
    await vi.advanceTimersByTimeAsync(thenMs);
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a reply that comes in pieces", () => {
  test("is waited for as long as a mebibyte comes within the limit, and so is what was asked behind it", async () => {
    const server = new SlowServer();
    const [long, behind] = [server.pipe.ask("GET", "a"), server.pipe.ask("GET", "b")];
    await server.send(`$${5 * MEBIBYTE}\r\n`, 0);
    for (let piece = 0; piece < 5; piece += 1) await server.send("x".repeat(MEBIBYTE), LIMIT_MS - 1);
    await server.send("\r\n+OK\r\n", 0);
    expect(await long).toMatchObject({ bytes: 5 * MEBIBYTE });
    expect(await behind).toEqual(Buffer.from("OK"));
  });

  test("is late if less than that comes: a server that dribbles does not answer", async () => {
    const server = new SlowServer();
    const asked = server.pipe.ask("GET", "a").catch((error: unknown) => error);
    await server.send(`$${5 * MEBIBYTE}\r\n`, 0);
    for (let ms = 0; ms < LIMIT_MS; ms += 1000) await server.send("x".repeat(100_000), 1000);
    expect(await asked).toEqual(new Error("Command timed out"));
  });

  test("that does not come at all is late at the limit", async () => {
    const server = new SlowServer();
    const asked = server.pipe.ask("GET", "a").catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(LIMIT_MS);
    expect(await asked).toEqual(new Error("Command timed out"));
  });
});

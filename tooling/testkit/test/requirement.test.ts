import { afterEach, describe, expect, it, vi } from "vitest";

import { requireRedis } from "../src/redis/require.js";

describe("requireRedis", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("names what is missing, for a skip, outside CI", () => {
    vi.stubEnv("QSC_MISSING", "redis-server");
    vi.stubEnv("CI", "");
    expect(requireRedis()).toEqual({ missing: "redis-server missing" });
  });

  it("is an error under CI=true, where no suite may be skipped", () => {
    vi.stubEnv("QSC_MISSING", "redis-server");
    vi.stubEnv("CI", "true");
    expect(() => requireRedis()).toThrow("redis-server missing, and CI=true allows no skip");
  });

  it("checks for itself if QSC_MISSING is not set", () => {
    vi.stubEnv("QSC_MISSING", "");
    vi.stubEnv("CI", "");
    vi.stubEnv("PATH", "/nonexistent");
    expect(requireRedis({ tls: true })).toEqual({ missing: "redis-server, openssl missing" });
  });
});

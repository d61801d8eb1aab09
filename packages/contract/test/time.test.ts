import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  describeBeside,
  describeDuration,
  describeRoughly,
  iso,
  parseDuration,
  parseTime,
  QscError,
} from "../src/index.js";

/** Any instant from 1970 to the last four-digit year. */
const instant = fc.nat({ max: Date.UTC(9999, 11, 30) });

describe("parseTime", () => {
  test("reads what iso writes", () => {
    fc.assert(
      fc.property(instant, (ms) => {
        expect(parseTime(iso(ms))).toEqual({ firstMs: ms, lastMs: ms });
      }),
    );
  });

  test("reads the same instant in any zone", () => {
    const minutes = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 });
    fc.assert(
      fc.property(
        fc.integer({ min: 86_400_000, max: Date.UTC(9999, 11, 30) }),
        minutes,
        fc.boolean(),
        (ms, offset, colon) => {
          const two = (value: number): string => String(value).padStart(2, "0");
          const away = Math.abs(offset);
          const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(away / 60))}${colon ? ":" : ""}${two(away % 60)}`;
          const local = iso(ms + offset * 60_000).slice(0, -1);
          expect(parseTime(`${local}${zone}`).firstMs).toBe(ms);
        },
      ),
    );
  });

  test.each([
    // As an upper bound, a time covers everything that it leaves open.
    ["2026-01-11T08:30Z", 60_000],
    ["2026-01-11T08:30:00Z", 1_000],
    ["2026-01-11T08:30:00.0Z", 100],
    ["2026-01-11T08:30:00.00Z", 10],
    ["2026-01-11T08:30:00.000Z", 1],
    ["2026-01-11T08:30:00.000000000Z", 1],
    ["2026-01-11T08:30:00,0Z", 100],
    ["2026-01-11 09:30:00+0100", 1_000],
    [" 2026-01-11t08:30:00z\n", 1_000],
  ])("%j covers %d ms", (text, width) => {
    const firstMs = Date.UTC(2026, 0, 11, 8, 30);
    expect(parseTime(text)).toEqual({ firstMs, lastMs: firstMs + width - 1 });
  });

  test("digits beyond the millisecond are cut off, never rounded up", () => {
    expect(parseTime("2025-11-22T13:32:18.282999+00:00")).toEqual(parseTime("2025-11-22T13:32:18.282Z"));
  });

  test.each(["2024-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "2026-12-31T23:59:59Z"])("%s is a day", (text) => {
    expect(iso(parseTime(text).firstMs)).toBe(text.replace("Z", ".000Z"));
  });

  test.each([
    ["2026-02-29T00:00:00Z", "no leap year"],
    ["2100-02-29T00:00:00Z", "no leap year"],
    ["2026-04-31T00:00:00Z", "April has 30 days"],
    ["2026-00-10T00:00:00Z", "month 0"],
    ["2026-13-01T00:00:00Z", "month 13"],
    ["2026-01-00T00:00:00Z", "day 0"],
    ["2026-01-11T24:00:00Z", "hour 24"],
    ["2026-01-11T08:60:00Z", "minute 60"],
    ["2026-06-30T23:59:60Z", "leap second"],
    ["2026-01-11T08:30:00+24:00", "zone of a day"],
    ["2026-01-11T08:30:00+01:60", "zone minute 60"],
    ["2026-01-11T08:30:00", "no zone"],
    ["2026-01-11", "no time"],
    ["2026-01-11T08:30:00.Z", "no digits"],
    ["2026-01-11T08:30:00.0000000000Z", "ten digits"],
    ["1969-12-31T23:59:59Z", "before 1970"],
    ["0024-01-01T00:00:00Z", "before 1970"],
    ["1736584200", "a number"],
    ["yesterday", "a word"],
    ["", "nothing"],
  ])("refuses %j: %s", (text) => {
    expect(() => parseTime(text, "--after")).toThrow(
      expect.objectContaining({ code: "invalid_time", message: expect.stringContaining(`--after '${text}'`) }),
    );
  });
});

describe("parseDuration", () => {
  test.each([
    ["250ms", 250],
    ["30s", 30_000],
    ["15m", 900_000],
    ["6h", 21_600_000],
    ["2d", 172_800_000],
    ["0s", 0],
    ["1.5m", 90_000],
    [" 1h ", 3_600_000],
    // As doubles, 1.001 * 1000 is less than 1001, but a duration is still a whole number.
    ["1.001s", 1001],
  ])("%j is %d ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    "",
    "6",
    "h",
    "6 h",
    "-1s",
    "+1s",
    "1e3s",
    ".5s",
    "1.s",
    "6H",
    "1w",
    "1h30m",
    "NaNs",
    "Infinitys",
    `${"9".repeat(400)}d`,
    "9007199254740992ms",
  ])("refuses %j", (text) => {
    expect(() => parseDuration(text, "--interval")).toThrow(QscError);
  });
});

test.each([
  [0, "0 ms"],
  [250, "250 ms"],
  [1_000, "1 s"],
  [59_000, "59 s"],
  [60_000, "1 min"],
  [250_000, "4 min 10 s"],
  [3_600_000, "1 h"],
  [5_400_000, "1 h 30 min"],
  [86_400_000, "1 d"],
  [273_600_000, "3 d 4 h"],
])("describes %d ms as %j", (ms, words) => {
  expect(describeDuration(ms)).toBe(words);
});

test.each([
  [900_400, 900_000, "15 min and 400 ms"],
  [900_000, 900_000, "15 min"],
  [960_000, 900_000, "16 min"],
  [899_900, 900_000, "15 min"],
  [90_000_000, 86_400_000, "1 d 1 h"],
  [86_500_000, 86_400_000, "1 d and 1 min 40 s"],
  [5_000.4, 5_000, "5 s and 0.4 ms"],
  [5_000.0000001, 5_000, "5 s and 1e-7 ms"],
])("describes %d ms next to a limit of %d ms as %j", (ms, limit, words) => {
  expect(describeBeside(ms, limit)).toBe(words);
});

test.each([
  [0.2, "1 s"],
  [58_200, "59 s"],
  [59_500, "1 min"],
  [60_001, "2 min"],
  [3_541_000, "1 h"],
])("%d ms is roughly %s, rounded up", (ms, words) => {
  expect(describeRoughly(ms)).toBe(words);
});

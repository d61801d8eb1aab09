import { describe, expect, test } from "vitest";
import { isLoopback, isRefusedAddress } from "../../src/http/address.js";
import { addressProblem, targetOf } from "../../src/http/target.js";

const target = (value: string, allowHttp = false) =>
  targetOf({ name: "notify.channels.x.url", value, isSecret: false, allowHttp });

describe("addresses", () => {
  test.each([
    "169.254.169.254",
    "169.254.0.1",
    "0.0.0.0",
    "0.1.2.3",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "ff02::1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2001:0:5ef5:79fd::1",
    "not an address",
    "",
  ])("%s is refused", (address) => {
    expect(isRefusedAddress(address)).toBe(true);
  });

  test.each([
    "127.0.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "10.0.0.8",
    "192.168.1.1",
    "172.16.0.1",
    "fd12:3456::1",
    "93.184.216.34",
    "2606:4700::1111",
    "64:ff9b::5db8:d822",
  ])("%s is a host", (address) => {
    expect(isRefusedAddress(address)).toBe(false);
  });

  test("this host has three kinds of addresses", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"].map(isLoopback)).toEqual([true, true, true, true]);
    expect(["10.0.0.1", "::2", "64:ff9b::127.0.0.1", "example.com"].map(isLoopback)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("an address of the settings", () => {
  test.each([
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xa9.0xfe.0xa9.0xfe/",
    "https://0251.0376.0251.0376/",
    "https://[::ffff:169.254.169.254]/",
    "https://[fe80::1]/",
    "https://0.0.0.0/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "data:text/plain,x",
    "ftp://example.com/",
  ])("%s is refused, whatever is allowed", (value) => {
    expect(() => target(value, true)).toThrow(expect.objectContaining({ code: "address_refused" }));
  });

  test.each([
    "http://example.com/",
    "http://10.0.0.1/",
    "http://127.0.0.1.example.com/",
    "http://localhost.example.com/",
  ])("%s needs allowHttp", (value) => {
    expect(() => target(value)).toThrow(/not encrypted.*allowHttp/);
    expect(target(value, true).isOnlyLoopback).toBe(false);
  });

  test.each(["http://127.0.0.1:9093/", "http://[::1]/", "http://localhost/"])("%s is this host", (value) => {
    expect(target(value).isOnlyLoopback).toBe(true);
  });

  test("a user or password is not written in an address", () => {
    expect(() => target("https://user:geheim@example.com/")).toThrow(/Leave them out/);
    expect(() => target("https://user:geheim@example.com/")).not.toThrow(/geheim/);
  });

  test("a secret address is not repeated", () => {
    for (const value of ["http://example.com/geheim", "geheim", "ftp://geheim/"])
      expect(() => targetOf({ name: "n", value, isSecret: true, allowHttp: false })).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining("geheim") as unknown }),
      );
  });

  test("what a name leads to is checked when it is connected to", () => {
    expect(addressProblem("169.254.169.254", false)).toContain("metadata");
    expect(addressProblem("10.0.0.1", true)).toContain("http is not allowed");
    expect(addressProblem("127.0.0.1", true)).toBeNull();
    expect(addressProblem("10.0.0.1", false)).toBeNull();
  });
});

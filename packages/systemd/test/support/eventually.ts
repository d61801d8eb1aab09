import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { ServiceError } from "../../src/index.js";

/** Polls until a condition holds, up to the test's own time limit. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The error that a promise rejects with. */
export async function serviceError(promise: Promise<unknown>): Promise<ServiceError> {
  const error: unknown = await promise.then(
    (value) => new Error(`it did not reject, but resolved with ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
}

/** The lines of a file that something else writes; empty if it does not exist yet. */
export async function linesOf(path: string): Promise<readonly string[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").slice(0, -1);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

import fc from "fast-check";

const boom = (): never => {
  throw new Error("boom");
};

/** Values that throw when they are looked at in one way or another. */
export const HOSTILE: readonly unknown[] = [
  Object.defineProperty({}, "label", { get: boom }),
  Object.defineProperty({}, "features", { get: boom }),
  Object.defineProperty({ features: { a: 1, b: 2 } }, "symbol", { get: boom }),
  Object.defineProperty({}, "then", { get: boom }),
  Object.defineProperty({ b: 2 }, "a", { get: boom, enumerable: true }),
  { then: boom },
  { then: (_: unknown, reject: (reason: unknown) => void) => reject(revoked()) },
  new Proxy({}, { get: boom, has: boom, ownKeys: boom, getPrototypeOf: boom, getOwnPropertyDescriptor: boom }),
  new Proxy([], { get: boom }),
  revoked(),
  { length: 2 },
  { length: boom },
  new DataView(new ArrayBuffer(16)),
  new BigInt64Array(2),
  Object.create(null),
];

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Anything at all, behind a function: fast-check itself looks at what it generates. */
export const junk: fc.Arbitrary<() => unknown> = fc.oneof(
  fc
    .anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
      withSet: true,
    })
    .map(hidden),
  fc.nat(HOSTILE.length - 1).map((index) => () => HOSTILE[index]),
  fc
    .constantFrom<unknown>(Number.NaN, Infinity, -Infinity, -0, 1e39, "1", "", null, undefined, Symbol("s"))
    .map(hidden),
);

export function hidden(value: unknown): () => unknown {
  return () => value;
}

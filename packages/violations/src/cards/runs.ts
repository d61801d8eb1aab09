/** Merges ascending runs into one. The shortest are merged first, so that values move as rarely as possible. */
export function inOneRun(runs: readonly Float64Array[]): Float64Array {
  const left = runs.filter(({ length }) => length > 0);
  for (;;) {
    left.sort((a, b) => b.length - a.length);
    const [shortest, next] = [left.pop(), left.pop()];
    if (next === undefined) return shortest ?? new Float64Array();
    left.push(merged(shortest ?? next, next));
  }
}

function merged(a: Float64Array, b: Float64Array): Float64Array {
  const all = new Float64Array(a.length + b.length);
  let [i, j, at] = [0, 0, 0];
  for (; i < a.length && j < b.length; at += 1) {
    const [x, y] = [a[i] ?? 0, b[j] ?? 0];
    all[at] = Math.min(x, y);
    // Arithmetic instead of a branch: which value is smaller is unpredictable, and a mispredicted branch would cost
    // more than the rest.
    const isFirst = Number(x <= y);
    i += isFirst;
    j += 1 - isFirst;
  }
  all.set(i < a.length ? a.subarray(i) : b.subarray(j), at);
  return all;
}

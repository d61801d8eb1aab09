const WIDTH = 24;

/** A bar that shows a share of 1. */
export function bar(share: number): string {
  const filled = Math.floor(Math.min(1, share) * WIDTH);
  return `[${"#".repeat(filled)}${".".repeat(WIDTH - filled)}]`;
}

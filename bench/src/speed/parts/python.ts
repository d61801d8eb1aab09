import { execFileSync } from "node:child_process";

/** The interpreter itself: python3 on PATH may be a script that first looks for it. */
export const PYTHON: string = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], {
  encoding: "utf8",
}).trim();

import { execFileSync } from "node:child_process";

/** The interpreter itself: what is called python3 may be a script that looks for it first. */
export const PYTHON: string = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();

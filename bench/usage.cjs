// Loaded into a measured process: as it ends, it leaves what it used where QSC_BENCH_USAGE says.
const { writeFileSync } = require("node:fs");
const { isMainThread } = require("node:worker_threads");

if (isMainThread) {
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, rssMb: maxRSS / 1024 };
    writeFileSync(process.env.QSC_BENCH_USAGE, JSON.stringify(usage));
  });
}

// Loaded into a measured process. When the process ends, it writes its resource usage to the file in QSC_BENCH_USAGE.
const { writeFileSync } = require("node:fs");
const { isMainThread } = require("node:worker_threads");

if (isMainThread) {
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, rssMb: maxRSS / 1024 };
    writeFileSync(process.env.QSC_BENCH_USAGE, JSON.stringify(usage));
  });
}

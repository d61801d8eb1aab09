import { describe, expect, test } from "vitest";
import { runProgram } from "../support/program.js";

const clean = (code: number) => ({ code, signal: null, stderr: "" });

describe("a program", () => {
  test("ends by itself even if it closes nothing", async () => {
    const body = "console.log((await (await load()).predict(row(0))).status);";
    expect(await runProgram({ body })).toMatchObject({ ...clean(0), stdout: "active\n" });
  });

  test("ends by itself after a call that was overdue", async () => {
    const body =
      "const model = await load({ timeLimitMs: 20 }); console.log((await model.predict(row(1000))).reason); await model.close();";
    expect(await runProgram({ body })).toMatchObject({ ...clean(0), stdout: "timeout\n" });
  });

  // Without the gate those that compute abort: "terminate called after throwing an instance of 'Napi::Error'".
  test.each([
    ["computes", "await (await load({ timeLimitMs: 20 })).predict(row(1000)); process.exit(3);"],
    [
      "computes, with further calls behind",
      "const model = await load(); for (const n of [500, 500, 500]) void model.predict(row(n)); setTimeout(() => process.exit(3), 50);",
    ],
    ["has just been asked", "const model = await load(); void model.predict(row(1000)); process.exit(3);"],
    [
      "was closed during a call",
      "const model = await load({ timeLimitMs: 20 }); await model.predict(row(1000)); await model.close(); process.exit(3);",
    ],
    ["starts", "void load(); setImmediate(() => process.exit(3));"],
    ["opens", "void load(); setTimeout(() => process.exit(3), 60);"],
  ])("exits with its own exit code while a session %s", async (_, body) => {
    expect(await runProgram({ body })).toMatchObject({ ...clean(3), stdout: "" });
  });

  test("dies of its own uncaught error while a session computes", async () => {
    const body = 'await (await load({ timeLimitMs: 20 })).predict(row(1000)); throw new Error("its own");';
    const { code, signal, stderr } = await runProgram({ body });
    expect([code, signal, stderr]).toEqual([1, null, expect.stringContaining("Error: its own")]);
  });

  test("knows when nothing computes any more", async () => {
    const body = `
      const model = await load({ timeLimitMs: 20 });
      await model.predict(row(1000));
      await model.close();
      const isOverdue = async () => (await Promise.race([runtime.idle().then(() => "idle"), new Promise(setImmediate)])) !== "idle";
      console.log(await isOverdue());
      await runtime.idle();
      console.log(await isOverdue());
      process.exit(0);
    `;
    expect(await runProgram({ body })).toMatchObject({ ...clean(0), stdout: "true\nfalse\n" });
  });

  test("without onnxruntime-node has a model that is missing, and says what to install", async () => {
    const body = "const { state } = await load(); console.log(state.reason, state.error.message, state.error.cause);";
    const { stdout } = await runProgram({ body, peer: false });
    expect(stdout).toMatch(
      /^model_missing onnxruntime-node cannot be imported \(npm install onnxruntime-node\): Cannot find package .* Error: Cannot find package/,
    );
  });
});

describe("the vendor of onnxruntime-node", () => {
  const body = "await (await load()).predict(row(0)); console.log(process.env.ORT_DISABLE_TELEMETRY);";

  test("is told nothing, and nothing is written", async () => {
    expect(await runProgram({ body })).toEqual({ ...clean(0), stdout: "1\n", left: [] });
  });

  test("is told what the user says, if they say so", async () => {
    expect(await runProgram({ body, env: { ORT_DISABLE_TELEMETRY: "true" } })).toMatchObject({
      ...clean(0),
      stdout: "true\n",
    });
  });
});

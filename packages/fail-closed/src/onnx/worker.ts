import { parentPort, workerData } from "node:worker_threads";
import type { Answer } from "../predictor.js";
import { describeGraph } from "./describe-graph.js";
import { ExitGate } from "./exit-gate.js";
import { toThrown, type Question, type Reply, type SessionFacts, type Value } from "./messages.js";
import { OnnxSession } from "./session.js";

// The thread of one model: what SessionThread starts. It opens one session, and computes with it.

const gate = new ExitGate(workerData as SharedArrayBuffer);
let session: OnnxSession | null = null;
let last: Promise<void> = Promise.resolve();

parentPort?.on("message", (question: Question) => {
  last = last.then(() => serve(question));
});

async function serve(question: Question): Promise<void> {
  // Outside of the reply: what is not a question ends the thread, since a reply to it would be taken for another's.
  const work = workOf(question);
  parentPort?.postMessage(await replyOf(work));
}

function workOf(question: Question): () => Promise<Value> {
  switch (question.kind) {
    case "open":
      return () => open(question);
    case "predict":
      return () => predict(question.data);
    case "describe":
      return () => describeGraph(question.bytes);
  }
}

async function replyOf(work: () => Promise<Value>): Promise<Reply> {
  try {
    return { value: await gate.pass(work) };
  } catch (thrown) {
    return { error: toThrown(thrown) };
  }
}

async function open(question: Question & { readonly kind: "open" }): Promise<SessionFacts> {
  session = await OnnxSession.open(question);
  return session.facts;
}

async function predict(data: Float64Array): Promise<Answer> {
  if (session === null) throw new Error("No session is open");
  return session.predict(data);
}

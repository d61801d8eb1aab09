import { failClosed, vote, type Prediction } from "@qsc/fail-closed";

// Your own predictor in ten lines: a momentum rule, but it could just as well call a service.
const momentum = failClosed({
  name: "momentum",
  labels: ["BUY", "SELL", "HOLD"],
  features: ["return_5", "volatility"],
  predict: ({ data: [change = 0, volatility = 1] }) => {
    const score = change / volatility;
    const label = score > 1 ? "BUY" : score < -1 ? "SELL" : "HOLD";
    return { label, confidence: Math.min(0.95, 0.4 + Math.abs(score) / 4) };
  },
});

// A prediction is a union: you cannot read an action until you have checked the status.
const say = (prediction: Prediction): string =>
  prediction.status === "active"
    ? `${prediction.action} ${prediction.confidence.toFixed(2)}`
    : `INACTIVE ${prediction.reason}: ${prediction.error.message}`;

console.log(say(await momentum.predict({ features: { return_5: 0.03, volatility: 0.02 } })));
console.log(say(await momentum.predict({ features: { return_5: Number.NaN, volatility: 0.02 } })));
console.log(say(await momentum.predict({ features: { volatility: 0.02 } })));
console.log(say(await momentum.predict({ features: { return_5: 0, volatility: 0 } })));

// A feed that froze: the same answer a hundred times no longer counts as an answer.
const frozen = { features: { return_5: 0.03, volatility: 0.02 } };
for (let index = 0; index < 150; index += 1) await momentum.predict(frozen);
const collapsed = await momentum.predict(frozen);
console.log(say(collapsed));

// The ensemble leaves the model out. Below the quorum there is no decision, which is not the same as HOLD.
const steady = failClosed({
  name: "steady",
  labels: ["BUY", "SELL", "HOLD"],
  features: ["return_5"],
  predict: () => ({ label: "SELL", confidence: 0.6 }),
});
const predictions = [collapsed, await steady.predict(frozen)];
const weights = new Map([
  ["momentum", 0.9],
  ["steady", 0.1],
]);
for (const quorum of [1, 2]) {
  const decision = vote(predictions, { weights, quorum });
  console.log(`quorum ${quorum}:`, decision.kind === "decision" ? decision.action : `no decision, ${decision.reason}`);
}

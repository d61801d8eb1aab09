import { judgePredictions, type PlainPrediction } from "@qsc/violations";

// A spam filter has labels other than BUY, SELL and HOLD, and neither Redis nor systemd.
const labels = { acting: ["spam", "ham"], abstaining: ["unsure"] };

/** A filter's predictions, from our own seeded generator. */
function* filter(answer: (random: () => number) => PlainPrediction): Generator<PlainPrediction> {
  let state = 42;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let index = 0; index < 1000; index += 1) yield answer(random);
}

const filters = {
  healthy: filter((random) => {
    const score = random();
    const label = score < 0.4 ? "spam" : score < 0.8 ? "ham" : "unsure";
    return { label, confidence: 0.5 + 0.5 * random() };
  }),
  lopsided: filter((random) => ({ label: random() < 0.9 ? "ham" : "spam", confidence: 0.5 + 0.5 * random() })),
  frozen: filter(() => ({ label: "unsure", confidence: 0.5 })),
  mute: filter((random) => (random() < 0.5 ? { label: null, confidence: 0 } : { label: "spam", confidence: random() })),
};

for (const [model, predictions] of Object.entries(filters)) {
  const { verdict, checks } = await judgePredictions(predictions, { model, labels });
  const violated = checks.filter(({ status }) => status === "violation").map(({ id }) => id);
  console.log(`${model.padEnd(8)} ${verdict.padEnd(4)} ${violated.join(", ")}`.trimEnd());
}

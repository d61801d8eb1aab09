import {
  sealed,
  type CheckResult,
  type Counted,
  type EvidenceHead,
  type GateDocument,
  type ModelSegments,
  type ModelStats,
  type ModelVerdict,
  type QscDocument,
  type SegmentRow,
  type ShadowComparison,
  type WatchPower,
} from "@qsc/contract";

/** The texts of a document that come from telemetry, or from anyone who can name things. */
export type Names = Readonly<Record<"model" | "label" | "text", string>>;

/** Names that are harmless everywhere. */
export const HARMLESS: Names = { model: "xgboost", label: "BUY", text: "nothing" };

function stats(label: string, of: Partial<ModelStats> = {}): ModelStats {
  return {
    n: 330,
    nonPredictions: 4,
    absent: 0,
    shares: Object.fromEntries([
      [label, 0.2182],
      ["SELL", 0.2394],
      ["HOLD", 0.5424],
    ]),
    mean: 0.63,
    std: 0.175875,
    p10: 0.418104,
    p90: 0.899791,
    min: 0.2,
    max: 0.97,
    entropy: 0.91,
    latencyP95Ms: 12.34,
    quantileErrorBound: 0,
    ...of,
  };
}

export function check(of: Partial<CheckResult> = {}): CheckResult {
  return {
    id: "constant_output",
    status: "pass",
    value: 0.175875,
    limit: 0.01,
    n: 330,
    interval: null,
    reason: "std is 0.175875; violated below 0.01",
    waived: false,
    conditions: [],
    ...of,
  };
}

/** What a watch can see: one fault in time, one too late, one not at all. */
function power(name: string): WatchPower {
  const row = { check: "narrow_range", limit: "narrow_range.range" };
  return {
    model: name,
    durationMs: 21_600_000,
    rows: [
      { ...row, fault: "always BUY", observations: 50, late: 80, decisions: 150, minutes: 12.5, inTime: true },
      { ...row, fault: "always one", observations: 900, late: 1500, decisions: 2700, minutes: 225, inTime: false },
      { ...row, fault: "no answer", observations: null, late: null, decisions: null, minutes: null, inTime: false },
    ],
    symbols: {
      decides: true,
      known: 20,
      rows: [
        { fault: "one label", label: "BUY", decisions: null, late: null, minutes: null },
        { fault: "one confidence", label: null, decisions: 21, late: 30, minutes: 10.5 },
        { fault: "no answer", label: null, decisions: 46, late: null, minutes: null },
      ],
    },
  };
}

export function model(names: Names, of: Partial<ModelVerdict> = {}): ModelVerdict {
  const { text } = names;
  const unmeasured = { status: "unknown", n: 0, value: null } as const;
  return {
    model: names.model,
    verdict: "fail",
    reasons: [text],
    stats: stats(names.label),
    nonPredictionReasons: counted(text),
    artifacts: [text],
    checks: [
      check(),
      check({ id: "action_bias", status: "violation", value: 0.91, reason: text }),
      check({ id: "dead_zone", status: "unknown", reason: text }),
      check({ id: text, status: "violation", reason: text }),
      check({ id: "latency_spike", ...unmeasured, waived: true, reason: text }),
    ],
    segments: segments(names),
    ...of,
  };
}

/** A model that is dead for one symbol, sound for one, and of which two are unknown. */
function segments({ label, text }: Names): ModelSegments {
  const row = (symbol: string, of: Partial<SegmentRow> = {}): SegmentRow => ({
    symbol,
    decisions: 82,
    predictions: 80,
    shares: { [label]: 0.25, SELL: 0.35, HOLD: 0.4 },
    unchanged: 0.0125,
    status: "pass",
    open: null,
    fault: null,
    log10: -0.42,
    threshold: 4.51,
    since: null,
    ...of,
  });
  return {
    by: "symbol",
    decides: true,
    rows: [
      row(text, { status: "violation", unchanged: 1, fault: "one confidence", log10: 21.3, since: 25 }),
      row("BTCUSDC"),
      row("NEW", {
        decisions: 3,
        predictions: 0,
        shares: { [label]: null },
        unchanged: null,
        status: "unknown",
        open: "too few decisions",
      }),
      row("ODD", { status: "unknown", open: "unread entries", fault: "no answer", log10: 3.2 }),
    ],
    needed: 22,
    withoutSymbol: 1,
    further: 7,
  };
}

function comparison({ label, text }: Names): ShadowComparison {
  return {
    against: text,
    result: "different",
    decisions: 330,
    compared: 311,
    agreement: 0.6143,
    labels: [
      { label, shadow: 0.5, against: 0.3 },
      { label: text, shadow: null, against: null },
    ],
    log10: 2.31,
    threshold: 2,
    since: 290,
    strongest: { label, more: true },
  };
}

function counted(text: string): Counted[] {
  return [
    { what: text, count: 4, sample: text },
    { what: "shadow", count: 1, sample: null },
  ];
}

function head({ text }: Names): EvidenceHead {
  return {
    verdict: "fail",
    exitCode: 2,
    reasons: [text, `rejected_events: ${text}`],
    judgedAt: "2026-01-11T08:30:00.000Z",
    asOf: text,
    asOfFrom: "clock",
    after: text,
    count: 300,
    source: text,
    stream: text,
    unit: text,
    firstId: text,
    lastId: text,
    policyHash: "cd".repeat(32),
    policySource: text,
    counts: { read: 340, rejected: 7, duplicates: 3, judged: 330 },
    rejected: [
      { reason: "unreadable_json", count: 5, samples: ["1763818338282-0", text], detail: text },
      { reason: "invalid_model_name", count: 2, samples: [], detail: text },
    ],
    integrity: [
      check({ id: "duplicate_events" }),
      check({ id: "rejected_events", status: "violation", reason: text }),
      check({ id: text, status: "unknown", n: 0, reason: text }),
    ],
    builds: [text, "abc123"],
    boots: [text],
    host: text,
    toolVersion: text,
  };
}

/** One document of each kind with these names in every place that can hold one. */
export function documents(names: Names): QscDocument[] {
  const { model: name, label, text } = names;
  const agreement = { agreement: 0.6143, hardDisagree: 0.0667, n: 330 };
  const ensemble = {
    ...agreement,
    active: { ...agreement, agreement: null },
    checks: [check({ id: "agreement", reason: text })],
  };
  const models = [model(names), model({ ...names, model: "lightgbm" }, { verdict: "pass" })];
  const common = { ...head(names) };
  const before = stats(label, { n: 12, std: null, p10: null });
  return [
    sealed({
      kind: "quality-gate" as const,
      mode: "canary" as const,
      model: name,
      ...common,
      models,
      ensemble,
      shadow: true as const,
      comparison: comparison(names),
      deltas: [{ model: name, before, after: stats(label) }],
      dependence: [],
      power: [power(name)],
    }),
    sealed({
      kind: "scoreboard" as const,
      shadow: names.model,
      ...common,
      models: models.map((each) => ({ ...each, status: "NO-GO" as const })),
      ensemble,
    }),
    sealed({
      kind: "feature-sanity" as const,
      ...common,
      checks: [check({ id: text, reason: text })],
      warnings: [text],
      manifest: text,
      features: [name, null].map((of) => ({
        feature: text,
        model: of,
        n: 330,
        missing: 1,
        notFinite: 0,
        invalid: 0,
        mean: 1,
        std: 0,
        min: 1,
        max: 1,
        flat: true,
        psi: null,
      })),
    }),
    sealed({
      kind: "diagnose" as const,
      shadow: names.model,
      ...common,
      exitCode: 0 as const,
      journal: {
        status: "read" as const,
        detail: names.text,
        build: names.text,
        findings: [
          { kind: "fail_closed" as const, model: names.model, reason: names.text, count: 3, sample: names.text },
          { kind: "drift" as const, model: null, reason: names.text, count: 1, sample: names.text },
        ],
      },
      models: [
        {
          model: name,
          verdict: "fail" as const,
          stats: stats(label),
          actions: [{ action: label, count: 72, share: 0.2182, min: 0.2, max: 0.9, mean: 0.6 }],
          segments: segments(names),
          deadZoneShare: 0.5424,
          inferredThreshold: 0.45,
          fallbackShare: 0.0121,
          fallbacks: counted(text),
          drift: { labels: 0.1, confidence: null, unknown: [text] },
          cause: text,
          nextStep: text,
        },
      ],
    }),
  ];
}

/** A gate that judged this number of models, each with its own histogram. */
export function manyModels(count: number): GateDocument {
  const [gate] = documents(HARMLESS);
  if (gate?.kind !== "quality-gate") throw new Error("the first document is a gate's");
  const models = Array.from({ length: count }, (_, index) => figured(`model-${index}`, index));
  const deltas = models.map(({ model: name, stats: after }) => ({ model: name, before: after, after }));
  return sealed({ ...gate, models, deltas });
}

/** A model with everything that figures show: one in two breaks its limits. */
function figured(name: string, index: number): ModelVerdict {
  const bad = index % 2 === 1;
  const condition = (measure: string, value: number, limit: number, violatedWhen: "above" | "below") => ({
    measure,
    status: bad ? ("violation" as const) : ("pass" as const),
    value,
    worst: value,
    violatedWhen,
    limit,
    interval: null,
  });
  return model(HARMLESS, {
    model: name,
    stats: stats("BUY", {
      shares: bad ? { BUY: 0.9, SELL: 0.1, HOLD: 0 } : { BUY: 0.3, SELL: 0.3, HOLD: 0.4 },
      latencyP95Ms: bad ? 90 : 12,
      histogram: Array.from({ length: 20 }, (_, bin) => (bad ? (bin === 12 ? 330 : 0) : bin * (20 - bin))),
    }),
    checks: [
      check({ id: "action_collapse", conditions: [condition("largestShare", bad ? 0.9 : 0.4, 0.7, "above")] }),
      check({ id: "narrow_range", conditions: [condition("range", bad ? 0.01 : 0.48, 0.12, "below")] }),
      check({
        id: "latency_spike",
        conditions: [
          condition("latencyP95", bad ? 90 : 12, 1000, "above"),
          condition("latencyRatio", bad ? 9 : 1.2, 2, "above"),
        ],
      }),
    ],
  });
}

/** One document of each command that acts, or shows a unit's state, with these names wherever one can be. */
export function operations(names: Names): QscDocument[] {
  const { model: name, label, text } = names;
  const common = {
    verdict: "fail" as const,
    exitCode: 2 as const,
    reasons: [text],
    warnings: [text],
    judgedAt: "2026-01-11T08:30:00.000Z",
    unit: text,
    services: text,
    source: text,
    stream: text,
    host: text,
    toolVersion: text,
    steps: [{ name: text, outcome: "failed" as const, detail: text }],
    audit: null,
  };
  // A file's text has a line of the report for each of its own.
  const line = text.replace(/\s+/g, " ");
  const weights = { before: { [name]: 0.5 }, after: { [name]: 0.1 } };
  const written = { weights, dropIn: { path: text, text: line }, rollbackCommand: text, cutover: text };
  const watch = {
    cutover: text,
    startedAt: text,
    cursor: null,
    watchedMs: 3_600_000,
    durationMs: 21_600_000,
    judgements: 720,
    events: 3600,
    lastJudgedAt: text,
    worst: [
      { model: name, check: "action_bias", value: 0.91, limit: 0.85, margin: -0.07, at: text },
      { model: null, check: text, value: 0.3, limit: 0.9, margin: 0.66, at: text },
    ],
    history: Array.from({ length: 101 }, (_, index) => ({
      at: text,
      watchedMs: index * 36_000,
      margins: [
        { model: name, check: "action_bias", margin: 0.5 - index / 180 },
        { model: null, check: text, margin: 0.8 },
      ],
      evidence: index < 40 ? [] : [{ model: name, check: text, part: (index - 40) / 50 }],
    })),
  };
  const [gate] = documents(names);
  const rollback = sealed({ kind: "rollback" as const, ...common, reason: text, weights, cutover: text });
  const evidence = { model: name, check: "action_bias", threshold: 3.1, conclusive: true, n: 412 };
  return [
    sealed({ kind: "preflight" as const, ...common }),
    sealed({ kind: "deploy" as const, ...common, commit: text, former: text, cutover: text }),
    sealed({ kind: "cutover" as const, ...common, cutover: text }),
    sealed({
      kind: "activate" as const,
      ...common,
      ...written,
      model: name,
      dryRun: false,
      gate: gate?.kind === "quality-gate" ? gate : null,
    }),
    sealed({ kind: "promote" as const, ...common, ...written, model: name, to: 0.5 as const }),
    rollback,
    sealed({
      kind: "monitor" as const,
      ...common,
      model: name,
      share: 0.1 as const,
      outcome: "rolled_back" as const,
      watch,
      rule: "strict" as const,
      evidence: [
        { ...evidence, log10: 4.2, since: 390 },
        { ...evidence, check: text, log10: 0.5, since: null, conclusive: false },
      ],
      power: power(name),
      policyHash: "cd".repeat(32),
      policySource: text,
      violations: [text],
      integrity: [check({ id: "duplicate_events", reason: text })],
      models: [model({ model: name, label, text })],
      rollback,
    }),
    sealed({
      kind: "status" as const,
      ...common,
      phase: "canary" as const,
      since: text,
      endsAt: text,
      lastRollback: { at: text, user: text, host: text, reason: text, proven: false },
      model: name,
      share: 0.1 as const,
      weights: { [name]: 0.1 },
      watch,
      lastAudit: null,
    }),
    sealed({
      kind: "audit" as const,
      ...common,
      path: text,
      entries: 7,
      brokenLine: null,
      checkpoint: { path: text, number: 7, hash: "ab".repeat(32), at: text, keyId: "cd".repeat(32) },
    }),
    sealed({
      kind: "notify" as const,
      ...common,
      action: "test" as const,
      channels: [true, false, null].map((accepted) => ({ channel: name, kind: text, accepted, said: text })),
    }),
    sealed({
      kind: "history" as const,
      ...common,
      path: text,
      canaries: (["canary", "eligible", "promoted", "rolled_back", "rollback_failed", "unknown"] as const).map(
        (outcome) => ({
          model: name,
          activatedAt: text,
          user: text,
          host: text,
          share: 0.1 as const,
          watchedMs: outcome === "canary" ? null : 21_600_000,
          outcome,
          at: text,
          reason: text,
          report: text,
        }),
      ),
    }),
    ...(["probability", { low: -5, high: 400.5 }] as const).map((score) =>
      sealed({
        kind: "judge" as const,
        verdict: "fail" as const,
        exitCode: 2 as const,
        reasons: [text],
        codes: ["score_drift"],
        warnings: [text],
        judgedAt: "2026-01-11T08:30:00.000Z",
        host: text,
        toolVersion: "0.1.0",
        source: text,
        oldest: "2026-01-11T08:00:00.000Z",
        newest: "2026-01-11T08:29:00.000Z",
        profile: {
          name: text,
          source: text,
          hash: "ab".repeat(32),
          score,
          laxer: [{ key: "narrow_range.range", limit: 0.01, builtIn: 0.12 }],
          notJudged: ["dead_zone"],
        },
        reference: { source: text, predictions: 2000 },
        counts: { read: 335, rejected: 1, judged: 334 },
        rejected: [{ reason: text, count: 1, sample: text }],
        models: [model({ model: name, label, text })],
      }),
    ),
    sealed({
      kind: "verify" as const,
      verdict: "fail" as const,
      exitCode: 2 as const,
      reasons: [text],
      codes: ["evidence_differs" as const],
      judgedAt: "2026-01-11T08:30:00.000Z",
      host: text,
      toolVersion: "0.1.0",
      report: { path: name, verdict: "pass", judgedAt: text, source: label, digest: "ab".repeat(32) },
      attestation: { path: text, keyIds: ["ef".repeat(32)] },
      source: text,
      again: "cd".repeat(32),
      differences: [
        { member: text, report: text, again: null },
        { member: "counts.read", report: null, again: text },
      ],
    }),
    sealed({
      kind: "fleet" as const,
      verdict: "fail" as const,
      exitCode: 2 as const,
      reasons: [text],
      codes: ["host_failed" as const],
      warnings: [text],
      judgedAt: "2026-01-11T08:30:00.000Z",
      host: text,
      toolVersion: "0.1.0",
      fleet: name,
      action: "activate" as const,
      hosts: [
        { name, wave: 1, outcome: "failed" as const, phase: text, reasons: [text], until: null },
        { name, wave: null, outcome: "unreachable" as const, phase: null, reasons: [text], until: text },
        { name: label, wave: 2, outcome: "untouched" as const, phase: null, reasons: [], until: null },
      ],
    }),
    sealed({ kind: "init" as const, ...common, files: [{ path: text, text: line }] }),
  ];
}

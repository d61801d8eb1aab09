import { FLEET_ACTIONS, rules, type QscDocument, type Rule } from "@qsc/contract";
import { comparisonShape } from "../documents/comparison.js";
import {
  checks,
  diagnosis,
  ensemble,
  evidence,
  exitCode,
  feature,
  file,
  journal,
  judgedProfile,
  measured,
  model,
  notifiedChannel,
  number,
  pastCanary,
  power,
  stats,
  steps,
  text,
  texts,
  verdict,
  watch,
  weightChange,
  weights,
} from "./parts.js";

const { allOf, anyText, count, flag, listOf, nullable, oneOf, optional, shaped } = rules;

/** What every document says about its answer. */
const answer = {
  verdict,
  exitCode,
  reasons: texts,
  codes: optional(texts),
  judgedAt: anyText,
  host: anyText,
  toolVersion: anyText,
  digest: anyText,
};

const judgement = {
  ...answer,
  asOf: anyText,
  asOfFrom: oneOf("clock", "option", "last event"),
  after: text,
  count: nullable(count),
  source: anyText,
  stream: text,
  unit: text,
  firstId: text,
  lastId: text,
  earlier: optional(nullable(shaped({ entries: count, firstId: text, missing: texts }))),
  policyHash: anyText,
  policySource: anyText,
  counts: shaped({ read: count, rejected: count, duplicates: count, judged: count }),
  rejected: listOf(shaped({ reason: anyText, count, samples: texts, detail: anyText })),
  integrity: checks,
  builds: texts,
};

const operation = {
  ...answer,
  warnings: texts,
  unit: anyText,
  services: anyText,
  source: text,
  stream: text,
  steps,
};

/** The members that the report of each kind of document reads. */
const KINDS: Readonly<Record<QscDocument["kind"], Rule>> = {
  "quality-gate": shaped({
    ...judgement,
    mode: anyText,
    model: text,
    shadow: optional(flag),
    comparison: optional(comparisonShape),
    models: listOf(model),
    ensemble,
    deltas: nullable(listOf(shaped({ model: anyText, before: stats, after: stats }))),
    power: optional(listOf(power)),
  }),
  scoreboard: shaped({
    ...judgement,
    shadow: optional(anyText),
    models: listOf(allOf(model, shaped({ status: oneOf("GO", "WAIT", "NO-GO") }))),
    ensemble,
  }),
  "feature-sanity": shaped({
    ...judgement,
    checks,
    warnings: texts,
    features: listOf(feature),
    driftLimit: optional(number),
    manifest: text,
  }),
  diagnose: shaped({ ...judgement, shadow: optional(anyText), models: listOf(diagnosis), journal }),
  judge: shaped({
    ...answer,
    codes: texts,
    warnings: texts,
    source: anyText,
    oldest: text,
    newest: text,
    profile: judgedProfile,
    reference: nullable(shaped({ source: anyText, predictions: count })),
    counts: shaped({ read: count, rejected: count, judged: count }),
    rejected: listOf(shaped({ reason: anyText, count, sample: text })),
    models: listOf(model),
  }),
  verify: shaped({
    ...answer,
    codes: texts,
    report: shaped({ path: anyText, verdict: anyText, judgedAt: anyText, source: anyText, digest: anyText }),
    source: anyText,
    again: text,
    differences: listOf(shaped({ member: anyText, report: text, again: text })),
  }),
  fleet: shaped({
    ...answer,
    codes: texts,
    warnings: texts,
    fleet: anyText,
    action: oneOf(...FLEET_ACTIONS),
    hosts: listOf(
      shaped({
        name: anyText,
        wave: nullable(count),
        outcome: oneOf("proven", "rolled_back", "untouched", "failed", "unreachable"),
        phase: text,
        reasons: texts,
        until: text,
      }),
    ),
  }),
  preflight: shaped(operation),
  deploy: shaped({ ...operation, commit: anyText, former: text, cutover: text }),
  cutover: shaped({ ...operation, cutover: text }),
  activate: shaped({
    ...operation,
    model: anyText,
    gate: optional(nullable(shaped({ shadow: optional(flag), models: listOf(model), power: optional(listOf(power)) }))),
    weights: weightChange,
    dropIn: nullable(file),
    rollbackCommand: anyText,
    cutover: text,
  }),
  promote: shaped({
    ...operation,
    model: text,
    to: number,
    weights: weightChange,
    dropIn: nullable(file),
    rollbackCommand: anyText,
    cutover: text,
  }),
  rollback: shaped({ ...operation, reason: anyText, weights: weightChange, cutover: text }),
  monitor: shaped({
    ...operation,
    model: text,
    share: measured,
    outcome: anyText,
    watch: nullable(watch),
    rule: anyText,
    evidence,
    power: optional(nullable(power)),
    policyHash: anyText,
    policySource: anyText,
    violations: texts,
    integrity: checks,
    models: listOf(model),
    rollback: nullable(shaped({ steps })),
  }),
  status: shaped({
    ...operation,
    phase: anyText,
    since: text,
    endsAt: text,
    lastRollback: nullable(shaped({ at: anyText, user: anyText, host: anyText, reason: anyText, proven: flag })),
    model: text,
    share: measured,
    weights,
    watch: nullable(watch),
    lastAudit: nullable(shaped({ event: anyText, at: anyText, user: anyText })),
  }),
  audit: shaped({ ...operation, path: anyText, entries: count }),
  history: shaped({ ...operation, path: anyText, canaries: listOf(pastCanary) }),
  init: shaped({ ...operation, files: listOf(file) }),
  notify: shaped({ ...operation, action: oneOf("run", "test"), channels: listOf(notifiedChannel) }),
};

/**
 * Refuses a value that is not a document: its report would say `undefined` where a verdict belongs.
 *
 * @throws QscError `invalid_option`, naming the invalid part
 */
export function requireDocument(document: QscDocument): void {
  shaped({ kind: oneOf(...Object.keys(KINDS)) })(document, "document");
  KINDS[document.kind](document, "document");
}

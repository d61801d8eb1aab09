export { auditAnchor, auditEntry, canaryState } from "./canary.js";
export { diagnosisDocument, gateDocument, judgementDocument, sanityDocument, scoreboardDocument } from "./documents.js";
export { policy } from "./policy.js";
export { breakdownV2, featuresV2, payloadV1, payloadV2 } from "./published.js";
export {
  readableBreakdown,
  readableFeatures,
  readablePayloadV1,
  readablePayloadV2,
  type ReadablePayloadV2,
} from "./readable.js";

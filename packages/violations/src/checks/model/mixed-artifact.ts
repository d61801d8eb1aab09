import type { CheckResult, CheckStatus } from "@qsc/contract";
import type { Scorecard } from "../../cards/scorecard.js";
import { couldHide, describeFaults, result } from "../result.js";

interface Finding {
  readonly status: CheckStatus;
  readonly reason: string;
  readonly waived?: boolean;
}

/**
 * Whether all predictions come from one file. A model whose file changed is two models, and the predictions of one
 * prove nothing about the other. A value that is not a SHA-256 cannot be compared, and neither can a missing one.
 *
 * @param unread events that could not be read
 */
export function mixedArtifact(card: Scorecard, unread: number): CheckResult {
  const { status, reason, waived = false } = findingOf(card, unread);
  const kinds = card.artifacts.list().length;
  return result("mixed_artifact", status, { value: kinds, limit: 1, n: card.predictions, reason, waived });
}

function findingOf(card: Scorecard, unread: number): Finding {
  const artifacts = card.artifacts.list();
  if (artifacts.length > 1) {
    return {
      status: "violation",
      reason: `the model's file changed: ${describeFaults(artifacts)}; judge only what came after (--after)`,
    };
  }
  const invalid = card.invalidArtifacts.list();
  if (invalid.length > 0) {
    return {
      status: "unknown",
      reason: `artifact_sha256 is 64 hex digits, with or without 'sha256:', not ${describeFaults(invalid)}`,
    };
  }
  if (artifacts.length === 0)
    return { status: "unknown", reason: "no prediction names the model's file", waived: true };
  const { withoutArtifact, predictions } = card;
  if (withoutArtifact > 0) {
    return {
      status: "unknown",
      reason: `${withoutArtifact} of ${predictions} predictions do not name the model's file, and the others do`,
    };
  }
  if (unread > 0) return { status: "unknown", reason: couldHide(unread, "another file") };
  return { status: "pass", reason: "every prediction names the same file" };
}

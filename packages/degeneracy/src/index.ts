export {
  DegeneracyDetector,
  type Degeneracy,
  type DegeneracyOptions,
  type RecentOutput,
} from "@qsc/violations/degeneracy";

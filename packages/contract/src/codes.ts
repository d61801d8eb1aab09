import { EXIT } from "./exit-codes.js";

/*
 * The meaning of every code that an error, or a reason in an operation's document, can have. Codes are stable:
 * scripts, the runbook and docs/codes.md rely on them. Checks have names of their own, which are not repeated here.
 */

/** The command was not understood, or the tool has a bug. */
const FAULTS = {
  usage: "A wrong option, argument or combination of them.",
  invalid_option: "A value passed to a library function that the function is not defined for.",
  invalid_time: "A time or duration that cannot be understood.",
  invalid_config: "A settings file that cannot be read or understood.",
  invalid_policy: "A policy that cannot be read, has an unknown key, or would loosen a limit.",
  invalid_profile: "A profile that cannot be read, has an unknown key, or has a limit that means nothing.",
  invalid_manifest: "A model manifest that cannot be read or understood.",
  invalid_weights: "Voting weights that are not numbers from 0 on, do not sum up to 1, or name other models.",
  address_refused: "An address of the notification settings that no message is sent to.",
  invalid_source: "A source URL that names no known kind of source.",
  invalid_unit: "A unit's, drop-in's or guard's name that systemd would refuse, or that could leave its directory.",
  dropin_invalid:
    "A drop-in's environment that could break out of its line, or a drop-in that another tool has written.",
  report_failed: "A report could not be written.",
  dependency_missing: "An optional package that the call needs is not installed, or cannot be loaded.",
  internal: "A fault of the tool itself.",
} as const;

/** Something failed, or proves nothing. */
const FAILURES = {
  source_unreachable: "Connection refused or lost at the source's address.",
  source_auth: "The source refuses the user or password.",
  source_permission: "The user may not read this stream.",
  source_missing: "There is no such stream or file.",
  source_wrong_type: "The key exists, and is not a stream; or the stream is one that would not show a loss.",
  source_timeout: "The source accepted the question and did not answer in time.",
  source_unreadable: "The source answered with something that cannot be read.",
  sink_failed: "The place for entries is there, and takes none: a full disk, no memory, a replica.",
  model_unusable:
    "No manifest can be made for a model's file: it is missing or corrupt, is not as was said, or does not answer a row the same way twice.",
  manifest_failed: "A model manifest could not be written.",
  manifest_exists: "A file is there already where the manifest would be written.",
  unknown_column: "A column that the file does not have.",
  predictions_unreadable:
    "A file of predictions that cannot be read to its end: cut off, of another encoding or form, or compressed in an unknown way.",
  reference_unusable: "A reference run that has too few predictions, or itself shows a fault.",
  report_unusable: "A report that is not the JSON of a quality gate, or cannot be read.",
  report_altered: "A report is not as it was sealed.",
  attestation_exists: "A file is there already where an attestation would be written.",
  attestation_failed: "An attestation could not be written.",
  signature_missing: "What must be signed has no signature.",
  signature_invalid: "A signature is not of a key that is named, or not of what it is said to be of.",
  evidence_differs: "Judging the events of a report again gives another verdict, or it cannot be compared.",
  parts_unread:
    "A part of a range was not read: its worker failed or is late, or what came is not the part that was asked for.",
  queue_failed: "The queue of the workers cannot be reached, or refuses.",
  no_workers: "No worker takes parts from the queue.",
  unknown_model: "The model asked about is not in the telemetry.",
  service_unreachable: "The service manager cannot be asked.",
  service_missing: "There is no such unit.",
  service_failed: "The unit did what it should not have done: it did not start, or did not stay.",
  service_permission: "The user may not do this to the unit.",
  service_timeout: "The unit or its manager did not come to an end in time.",
  dropin_failed: "A unit file or drop-in cannot be written, read or removed: a full disk, a read-only file system.",
  repository_failed: "The git checkout cannot be used, or its build failed.",
  canary_locked: "Another command acts on the unit.",
  canary_taken_over: "Another command has acted since, and this one undoes what it did.",
  canary_replaced: "The canary that was to be rolled back is gone, and another one is there.",
  could_not_check: "The host did not let something be checked.",
  decision_before_start: "The newest decision is older than the process that runs.",
  operation_unfinished: "A command was cut off or is under way.",
  drop_in_left: "The canary's drop-in is there, and no canary is.",
  drop_in_missing: "There is a canary, and its drop-in is missing.",
  dead_man_missing: "There is a canary, and its dead-man is not armed.",
  canary_differs: "The engine calls another model its canary than the state does.",
  weights_differ: "The engine serves other weights than the state says.",
  variables_left: "The unit's environment has QSC_CANARY_* variables without a canary.",
  variable_unknown: "Whether the unit's environment sets a variable cannot be told.",
  variables_overridden: "The unit's next process would not be given the canary's variables.",
  baseline_unreadable: "The saved baseline cannot be read.",
  served_otherwise: "A decision or process after the restart contradicts what should be served.",
  canary_not_proven: "Nothing after the restart proved in time what is served.",
  undo_not_proven: "What was done could not be undone.",
  violation: "The watch found a violation; the reason begins with the check's name.",
  journal_unread: "The journal of the unit's present start cannot be read.",
  build_not_logged: "The journal of this start names no build.",
  build_differs: "The new process names another build than the commit.",
  models_not_logged: "The journal of this start has no line about a model that votes.",
  deployment_undone: "The deployment failed, and the former commit is back.",
  audit_broken: "A line of the audit log is not as it was written.",
  audit_differs: "The audit log is not the one that the state or a report tells of.",
  audit_end_differs: "The audit log does not end as the state says.",
  audit_incomplete: "The audit log lacks an entry that could not be written.",
  audit_missing: "There is no audit log, or it is empty.",
  audit_unanchored: "Nothing outside the audit log says that it is whole.",
  report_changed: "A report's entry number and hash of the audit log were changed.",
  file_failed: "A file of a canary's life cannot be read or written: a full disk, a read-only file system.",
  secret_missing: "A secret of a notification channel cannot be read where the settings say it is.",
  cursor_broken: "How far a notification channel has come in the audit log cannot be read.",
  notification_failed: "A notification channel did not accept a message.",
  interrupted: "The operator stopped the command before it had an answer.",
} as const;

/** The step is not allowed in the current situation: nothing was tried, so nothing failed. */
const REFUSALS = {
  canary_exists: "A canary, or leftovers of one, already exists.",
  canary_served: "The engine says that it serves a canary already.",
  canary_promoted: "A promoted model's drop-in still gives it the vote.",
  host_is_remote: "A canary is activated on the machine where its unit runs, not from another one.",
  unit_not_active: "The engine's unit is not active.",
  cutover_not_start: "The cutover is not the start of the process that runs.",
  limits_laxer: "A limit in force is laxer than the built-in one: a profile permits no traffic.",
  gate_not_passed: "The gate did not pass.",
  model_failed: "A model did not pass its checks.",
  model_unproven: "Nothing proves that a model passes its checks.",
  model_waits: "A model passes its own checks, and the ensemble does not.",
  models_differ: "A shadow differs from the model that it was compared with.",
  comparison_unproven: "Whether a shadow differs from another model is unknown.",
  no_models: "No event of the telemetry names a model.",
  collection_only: "There is only enough evidence for collection mode.",
  telemetry_recorded: "The telemetry is a recording, and a model is activated on live telemetry alone.",
  weights_not_reported: "The telemetry does not say what weights the engine serves (contract version 1).",
  build_not_judged: "The gate judged another build than the one that runs, or several.",
  artifacts_mixed: "The gate judged several files of one model.",
  too_few_voters: "Fewer than two models vote.",
  window_too_small: "No watch with this window could ever have enough events.",
  window_unreadable: "The window of the unit that watches cannot be read.",
  window_differs: "The unit that watches has another window than was asked for.",
  watch_user_differs: "The unit that watches runs as another user.",
  stop_unknown: "How the unit is stopped is unknown.",
  stop_too_slow: "The unit's stop may take too long for a canary to be gone in time.",
  fallback_missing: "The fallback of root does not run, or will not.",
  dead_man_outdated: "A dead-man of an older version is still installed.",
  dead_man_left: "A dead-man is armed without a canary.",
  dead_man_broken: "The dead-man will not run.",
  dead_man_not_installed: "A file of the dead-man or its fallback is missing, or is of other settings.",
  no_canary: "There is no canary to watch or promote.",
  not_eligible: "The canary is not eligible for promotion.",
  share_out_of_order: "The share is not the next step.",
  identity_unknown: "The state does not say what build and files the gate judged: an older version wrote it.",
  canary_unwatched: "No watch has judged the canary since its lease ran out: it is rolled back.",
  canary_violated: "What the canary has published while no watch judged it violates a check.",
  canary_not_served: "The engine does not say that it serves the canary.",
  policy_changed: "The policy is not the one that the canary was activated with.",
  evidence_unusable: "The sequential evidence of the watch cannot be resumed.",
  state_broken: "The state file cannot be used.",
  checkout_changed: "The git checkout has uncommitted changes.",
  commit_missing: "The git checkout does not have the commit.",
  lock_writable_by_all: "Any user may write to the directory of the lock.",
  lock_foreign: "The lock file is not one that qsc has made.",
  user_missing: "The user does not exist on this host.",
  file_differs: "A file that init would write is there and differs.",
  link_differs: "A link that init would make points elsewhere.",
  no_decision: "The telemetry has no decision that can be read.",
  decision_stale: "The newest decision is too old.",
  clocks_apart: "This host's clock and the source's are too far apart.",
  clock_unknown: "How far this host's clock is from the source's is unknown.",
  directory_unwritable: "A directory of a canary cannot be written to.",
  disk_low: "The disk of the working directory has too little room.",
  "precondition.node": "Of preflight: Node is too old.",
  "precondition.policy": "Of preflight: the policy cannot be used.",
  "precondition.unit": "Of preflight: the unit is not loaded and active.",
  "precondition.stop": "Of preflight: the unit's stop is too slow, or unknown.",
  "precondition.checkout": "Of preflight: the checkout is not clean, or cannot be used.",
  "precondition.environment":
    "Of preflight: a variable of the engine's environment is not set as the settings require.",
  "precondition.source": "Of preflight: the source cannot be opened.",
  "precondition.telemetry": "Of preflight: the telemetry is not fresh, or proves nothing.",
  "precondition.weights": "Of preflight: the reported weights allow no canary.",
  "precondition.clock": "Of preflight: the clocks are too far apart, or it is unknown how far.",
  "precondition.canary": "Of preflight: a canary, or leftovers of one, already exists.",
  "precondition.journal": "Of preflight: the journal cannot be read.",
  "precondition.drop_in_directory": "Of preflight: the drop-in directory cannot be written to.",
  "precondition.rights": "Of preflight: this user may not act on the unit.",
  "precondition.dead_man": "Of preflight: the dead-man cannot be armed.",
  "precondition.working_directory": "Of preflight: the working directory cannot be written to, or its disk is full.",
  "precondition.audit_log": "Of preflight: the audit log is broken.",
} as const;

/** The code of an error. It stays the same over versions, so scripts may rely on it. */
export type ErrorCode = keyof typeof FAULTS | keyof typeof FAILURES | keyof typeof REFUSALS;

/** Whether a code says that the step is not allowed in the current situation. */
export function isRefusal(code: ErrorCode): boolean {
  return Object.hasOwn(REFUSALS, code);
}

/** What each code means, in one sentence. */
export const CODES: Readonly<Record<ErrorCode, string>> = { ...FAULTS, ...FAILURES, ...REFUSALS };

/** Each code with the exit code (see EXIT) of a command that ends with it. */
export const ERROR_CODES = Object.fromEntries(
  Object.keys(CODES).map((code) => [code, Object.hasOwn(FAULTS, code) ? EXIT.error : EXIT.refused]),
) as Readonly<Record<ErrorCode, typeof EXIT.error | typeof EXIT.refused>>;

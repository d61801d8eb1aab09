import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { inertText, QscError } from "@qsc/contract";
import type { JudgeServerProgram, JudgeServerRequest, NamedProfile } from "@qsc/rollout";
import type { ServingCommand } from "../command.js";
import { openTelemetry } from "../open-telemetry.js";
import { policyFrom } from "../policy-from.js";
import { readOptionFile } from "../read-file.js";
import { requireVerifyKey } from "../require-verify-key.js";
import { secretText } from "../secret-text.js";
import { modelSignaturesFrom } from "../signature-keys.js";

/** `qsc judge-server`. */
export const judgeServerCommand: ServingCommand = {
  kind: "serves",
  loadsWhole: true,
  name: "judge-server",
  summary: "Answer over HTTP whether predictions are sound and a model may take traffic. Ends with Ctrl-C",
  options: {},
  settings: ["judgeListen", "judgeTokensFile", "judgeProfiles", "modelKey", "modelSignature"],
  examples: [
    ["$0 judge-server", "for programs of this machine, at http://127.0.0.1:8788/"],
    [
      "$0 judge-server --judge-listen 0.0.0.0:8788 --judge-tokens-file tokens.json --source redis://telemetry:6379",
      "for a cluster: Argo Rollouts, Flagger and pipelines",
    ],
  ],
  run: async ({ settings, judgement, io, env, quiet, signal }) => {
    const tokens = await secretText(
      {
        what: "Tokens file",
        path: settings.judgeTokensFile,
        variable: "QSC_JUDGE_TOKENS",
        advice: 'write {"tokens": [{"name": "argo", "token": "...", "scopes": ["verdicts"]}]} into it',
      },
      env,
    );
    const policy = await policyFrom(settings.policy);
    requireVerifyKey(policy.policy, settings);
    const isSigned = policy.policy.require.includes("model_signature");
    const modelSignatures = isSigned ? await modelSignaturesFrom(settings) : null;
    const [{ serveJudge }, { readPredictionsIn }] = await Promise.all([
      judgeProgram(),
      import("../predictions/read.js"),
    ]);
    await serveJudge({
      listen: settings.judgeListen,
      tokens,
      judgement: { ...judgement, ...policy, modelSignatures },
      profiles: await profilesOf(settings.judgeProfiles),
      // Followed, so that a log that has ended is judged as of now, and not as of its last event.
      openSource: () => openTelemetry(settings, true),
      readPredictions: (bytes, { name, format, columns, onRow }) =>
        readPredictionsIn(bytes, { path: name, format, columns, delimiter: null, onRow }),
      signal,
      say: (sentence) => {
        if (!quiet) io.err(`${inertText(sentence)}\n`);
      },
    });
  },
};

/** The profiles of a list of files, by their names. @throws QscError */
async function profilesOf(setting: string | null): Promise<JudgeServerRequest["profiles"]> {
  const { parseProfile, READY_MADE_NAMES } = await import("@qsc/violations");
  const profiles = new Map<string, NamedProfile>();
  for (const path of setting === null ? [] : setting.split(",")) {
    const profile = await parseProfile(await readOptionFile("Profile", path, "invalid_profile"), path);
    const taken: readonly string[] = [...READY_MADE_NAMES, ...profiles.keys()];
    if (taken.includes(profile.name))
      throw new QscError(
        "invalid_config",
        `Profile ${path} is called '${profile.name}', as another one is; rename it.`,
      );
    profiles.set(profile.name, { profile, source: path });
  }
  return profiles;
}

/** The judge is an app of its own, which this one does not import: it is a file of the bundle, like other programs. */
async function judgeProgram(): Promise<JudgeServerProgram> {
  const path = createRequire(import.meta.url).resolve("#judge");
  return (await import(pathToFileURL(path).href)) as JudgeServerProgram;
}

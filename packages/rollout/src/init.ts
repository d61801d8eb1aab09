import { asQscError, QscError, sealed, type InitDocument, type OperationStep } from "@qsc/contract";
import type { Owner } from "./host/files.js";
import { systemCodeOf } from "./host/system-code.js";
import { fatesOf } from "./init/fates.js";
import { at, isThisHost, type Installation } from "./init/installation.js";
import type { NotifyRequest } from "./init/notify-unit.js";
import { planFor, type Plan } from "./init/plan.js";
import { sayPlan } from "./init/say-plan.js";
import { write } from "./init/write.js";
import type { OperationContext } from "./operation/context.js";
import { runOperation, type Operation } from "./operation/run-operation.js";
import type { Steps } from "./operation/steps.js";
import { FREE_TURN } from "./operation/turn.js";
import type { EnvironmentRequirement } from "./preflight/required-environment.js";
import { initRequest } from "./requests.js";

/** What `qsc init` is asked to do. */
export interface InitRequest {
  /** The unprivileged user that acts on the engine and watches. */
  readonly user: string;
  /** The root of the file system to write to: `/` for this host, another directory for a package or an image. */
  readonly root: string;
  /** What a canary needs of the engine's environment, for the template of its file. */
  readonly requiredEnvironment: readonly EnvironmentRequirement[];
  /** Whether the console gets a unit, which runs as a user who may only read. */
  readonly console: boolean;
  /** Notifications; null or missing: nothing is known of them. */
  readonly notify?: NotifyRequest | null;
  /** Only shows what would be written; writes nothing. */
  readonly dryRun: boolean;
  /** Overwrites files that differ, without asking. */
  readonly force: boolean;
  /** Asks a person; null if no one is there to answer. */
  readonly confirm: ((question: string) => Promise<boolean>) | null;
  /** Called when a step has ended. */
  readonly onStep?: (step: OperationStep) => void;
}

/** Where packages install polkit rules, from version 0.106 on: older versions read no rules. */
const POLKIT_RULES = "/usr/share/polkit-1/rules.d";

/**
 * Sets this host up for canaries of one engine: settings and templates, the unit that watches, the dead-man, and the
 * rights that an unprivileged user needs. An existing file that differs is overwritten only with the operator's
 * consent; if one must not be overwritten, nothing is written at all.
 */
export async function init(context: OperationContext, request: InitRequest): Promise<InitDocument> {
  initRequest(request, "request");
  return runOperation(context, installing(context, request), request.onStep);
}

/** Nothing is undone: what was written stays, and a second run does the rest. */
function installing(context: OperationContext, request: InitRequest): Operation<Installation, null, InitDocument> {
  let plan: Plan | null = null;
  return {
    turn: () => Promise.resolve(FREE_TURN),
    examine: (steps) => {
      plan = planFor(context, request);
      return examine(context, plan, request, steps);
    },
    ...(request.dryRun && {
      plan: async (installation, steps) => {
        await sayPlan(context.files, installation, steps);
        await warnOfPolkit(context, request, steps);
      },
    }),
    perform: async (installation, steps) => {
      await write(context, installation, steps);
      await warnOfPolkit(context, request, steps);
      return { done: null };
    },
    understood: permission,
    document: (head) =>
      sealed({
        kind: "init" as const,
        ...head,
        files: (plan?.files ?? []).map(({ path, text }) => ({
          path: at(request, path),
          text: withoutPassword(context, text),
        })),
      }),
  };
}

async function examine(
  context: OperationContext,
  plan: Plan,
  request: InitRequest,
  steps: Steps,
): Promise<Installation> {
  const account = await steps.find("user", () => userOf(context, request));
  const { user, root } = request;
  return { plan, fates: await fatesOf(context.files, plan, request), user, account, root };
}

async function warnOfPolkit({ files }: OperationContext, request: InitRequest, steps: Steps): Promise<void> {
  if (!isThisHost(request) || (await files.ownerOf(POLKIT_RULES)) !== null) return;
  steps.warn(
    `polkit 0.106 or later, which reads rules, is not installed: until it is, only root can act. Install it (Debian: polkitd).`,
  );
}

/** A file's text for a document: without the source's password. */
function withoutPassword({ settings, telemetry }: OperationContext, text: string): string {
  const [given, shown] = [settings["source"], telemetry.source].map((source) => JSON.stringify(source));
  return given === undefined || shown === undefined ? text : text.replaceAll(given, shown);
}

/** The user's account; null if the files are for another system, which has users of its own. */
async function userOf(
  { accountOf }: OperationContext,
  { user, root }: InitRequest,
): Promise<{ readonly said: string; readonly found: Owner | null }> {
  if (user === "root")
    throw new QscError(
      "usage",
      "--user root is not needed: root can act without qsc init. Name an unprivileged user, such as qsc.",
    );
  if (!isThisHost({ root })) return { said: `${user}, of the system below ${root}`, found: null };
  const found = await accountOf(user);
  if (found !== null) return { said: `${user} (${found.uid})`, found };
  throw new QscError(
    "user_missing",
    `There is no user ${user} on this host. Create it: useradd --system --groups systemd-journal --shell /usr/sbin/nologin ${user}; or name another with --user.`,
  );
}

/** A file that this user may not write, as a refusal that says what to do. */
function permission(thrown: unknown): QscError {
  const code = systemCodeOf(thrown);
  if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS" && code !== "ENOSPC") return asQscError(thrown);
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new QscError(
    "service_permission",
    `A file cannot be written: ${why}. Run qsc init as root, or write to a directory of your own with --root.`,
    { cause: thrown },
  );
}

import type { FleetDocument } from "@qsc/contract";
import type { FleetHost } from "../inventory.js";
import type { HostDocument } from "../ssh/answer.js";
import { heldRun, type InWaves } from "./activate.js";
import type { FleetContext } from "./context.js";
import { codeOf, unproven, whyOf, type Standing } from "./standing.js";
import { askStatus, type HostStatus } from "./status.js";

/** What `qsc fleet deploy` is asked. */
export interface FleetDeployRequest extends InWaves {
  readonly commit: string;
  /** Further words for `qsc deploy` on each host, also to go back: the checkout, the build. */
  readonly further: readonly string[];
}

/**
 * Deploys a commit on every host, in waves. A host that fails goes back by itself; the others then go back to the
 * commits that they had. A host whose log ends with this deployment is done.
 */
export async function fleetDeploy(context: FleetContext, request: FleetDeployRequest): Promise<FleetDocument> {
  const { commit, further } = request;
  const formers = new Map<string, string>();
  const deploy = (host: FleetHost, to: string, signal?: AbortSignal) =>
    context.run(host, {
      command: "deploy",
      words: ["--commit", to, ...further, "--json"],
      signal,
      beats: signal !== undefined,
    }).ended;
  return heldRun(
    context,
    { ...request, action: "deploy" },
    {
      name: "deploy",
      act: async (host, signal) => {
        const answer = await deploy(host, commit, signal);
        const former = answer.kind === "proven" || answer.kind === "refused" ? answer.document["former"] : null;
        if (typeof former === "string") formers.set(host.name, former);
        return answer;
      },
      back: async (host): Promise<Standing> => {
        const former = formers.get(host.name);
        if (former === undefined)
          return { kind: "failed", reasons: ["the commit that it had before is not known"], phase: null };
        context.say(host.name, `going back to ${former}`);
        const answer = await deploy(host, former);
        return answer.kind === "proven" ? { kind: "proven", phase: null } : unproven(context, answer);
      },
      // A host that refuses a deployment goes back by itself, unless that fails, too.
      isUndone: async (host, answer) => {
        if (answer.kind !== "refused" || hasStayed(answer.document)) return false;
        const status = await askStatus(context, host, new AbortController().signal);
        return status.answer.kind === "proven" && !isOf(status, commit);
      },
      keeps: false,
    },
    async () => {
      const done = new Map<string, string | null>();
      const reasons = await Promise.all(
        context.inventory.hosts.map(async (host) => {
          const status = await askStatus(context, host);
          const { answer, last, phase } = status;
          if (answer.kind === "unreachable" || answer.kind === "unclear")
            return [{ code: codeOf(answer), text: `${host.name}: ${whyOf(answer)[0]}` }];
          if (answer.kind === "proven" && isOf(status, commit)) {
            done.set(host.name, phase);
            if (last.former !== null) formers.set(host.name, last.former);
          }
          return [];
        }),
      );
      return { reasons: reasons.flat(), done, watched: [] };
    },
  );
}

/** Whether a host's log ends with a deployment of this commit. */
function isOf({ last }: HostStatus, commit: string): boolean {
  return last.event === "deploy" && last.commit?.startsWith(commit) === true;
}

/** Whether going back to the commit before has failed: the step of that name says how it ended. */
function hasStayed({ steps }: HostDocument): boolean {
  if (!Array.isArray(steps)) return false;
  return steps.some((step: unknown) => {
    const { name, outcome } =
      typeof step === "object" && step !== null ? (step as Readonly<Record<string, unknown>>) : {};
    return name === "deployment" && outcome === "failed";
  });
}

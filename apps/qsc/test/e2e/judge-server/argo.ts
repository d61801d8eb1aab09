/** A metric of an AnalysisTemplate, as far as the web provider reads it. */
export interface WebMetric {
  readonly successCondition?: string;
  readonly failureCondition?: string;
  readonly provider: {
    readonly web: {
      readonly url: string;
      readonly timeoutSeconds?: number;
      readonly headers?: readonly { readonly key: string; readonly value: string }[];
      readonly jsonPath?: string;
    };
  };
}

/**
 * The phase that Argo Rollouts gives a measurement: after metricproviders/webmetric/webmetric.go and
 * utils/evaluate/evaluate.go, for conditions of the form `result.key == true`.
 */
export async function phaseOf(
  { successCondition = "", failureCondition = "", provider: { web } }: WebMetric,
  args: Readonly<Record<string, string>>,
  toUrl: (url: string) => string,
): Promise<string> {
  const filled = (text: string): string =>
    text.replaceAll(/\{\{args\.(\w+)\}\}/g, (_, name: string) => args[name] ?? "");
  const headers = Object.fromEntries((web.headers ?? []).map(({ key, value }) => [key, filled(value)]));
  let text: string;
  try {
    const signal = AbortSignal.timeout((web.timeoutSeconds ?? 10) * 1000);
    const response = await fetch(filled(toUrl(web.url)), { headers, signal });
    if (response.status < 200 || response.status >= 300) return "Error";
    text = await response.text();
  } catch {
    return "Error";
  }
  let result: unknown;
  try {
    result = JSON.parse(text);
  } catch {
    // What is not JSON is a success there.
    return "Successful";
  }
  if ((web.jsonPath ?? "{$}") !== "{$}") throw new Error(`the path ${web.jsonPath ?? ""} is not understood here`);
  const [hasSuccess, hasFailure] = [successCondition !== "", failureCondition !== ""];
  if (!hasSuccess && !hasFailure) return "Successful";
  const isSuccess = hasSuccess ? holds(successCondition, result) : !holds(failureCondition, result);
  const isFailure = hasFailure ? holds(failureCondition, result) : !isSuccess;
  if (isFailure) return "Failed";
  return isSuccess ? "Successful" : "Inconclusive";
}

function holds(condition: string, result: unknown): boolean {
  const [, key] = /^result\.(\w+) == true$/.exec(condition) ?? [];
  if (key === undefined) throw new Error(`the condition ${condition} is not understood here`);
  return (result as Readonly<Record<string, unknown>>)[key] === true;
}

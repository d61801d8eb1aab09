/**
 * A package's manifest with where its source is. The registry resolves the links of its README against that.
 *
 * @param {Record<string, unknown>} manifest
 * @param {string} directory of the package in the repository
 * @param {string} repository its address in a browser
 */
export function addressed(manifest, directory, repository) {
  return {
    ...manifest,
    homepage: `${repository}/tree/main/${directory}#readme`,
    bugs: `${repository}/issues`,
    repository: { type: "git", url: `git+${repository}.git`, directory },
  };
}

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CosmigError, messageOf } from "../base/errors.ts";

const execute = promisify(execFile);

/**
 * The names of the files that a folder has at a commit; none where it did not exist yet.
 *
 * @param folder within a work tree
 * @param ref a branch, tag or commit
 * @throws {CosmigError} with code `usage` when git, the repository or the commit is missing
 */
export async function filesAtRef(folder: string, ref: string): Promise<readonly string[]> {
  const commit = await git(folder, [
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${ref}^{commit}`,
  ])
    .catch((error) => {
      throw new CosmigError("usage", `Cannot compare with "${ref}" as git does not know it here`, {
        hint: "Fetch it first; a shallow clone lacks other branches",
        cause: error,
      });
    });
  const names = await git(folder, ["ls-tree", "-z", "--name-only", commit.trim()]);
  return names.split("\0").filter((name) => name !== "");
}

async function git(folder: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute("git", ["-C", folder, ...args], { encoding: "utf8" });
    return stdout;
  } catch (error) {
    throw new CosmigError("usage", `Cannot run git ${args[0]} in "${folder}": ${messageOf(error)}`, {
      cause: error,
    });
  }
}

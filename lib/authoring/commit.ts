import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { runProcess } from "./run_process.ts";

/**
 * The commit that a work tree is at, with "+changes" when git is at hand and knows of any; `null` outside a repository. Read from git's files, since the
 * stage that builds an image has neither git nor the history.
 */
export async function readCommit(directory: string): Promise<string | null> {
  const folder = await gitFolderOf(directory);
  if (folder === undefined) return null;
  const head = (await readText(join(folder, "HEAD")))?.trim() ?? "";
  const commit = head.startsWith("ref: ") ? await commitOfRef(folder, head.slice("ref: ".length)) : head;
  if (commit === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return null;
  const changes = await runProcess(["git", "-C", directory, "status", "--porcelain"]).catch(() => "");
  return changes.trim() === "" ? commit : `${commit}+changes`;
}

async function gitFolderOf(directory: string): Promise<string | undefined> {
  for (let at = resolve(directory);; at = dirname(at)) {
    const path = join(at, ".git");
    if (await readText(join(path, "HEAD")) !== undefined) return path;
    const pointer = (await readText(path))?.match(/^gitdir: (.+)$/m)?.[1];
    if (pointer !== undefined) return resolve(at, pointer);
    if (at === dirname(at)) return undefined;
  }
}

async function commitOfRef(folder: string, ref: string): Promise<string | undefined> {
  const common = (await readText(join(folder, "commondir")))?.trim() ?? ".";
  for (const candidate of [folder, resolve(folder, common)]) {
    const loose = await readText(join(candidate, ref));
    if (loose !== undefined) return loose.trim();
    const packed = await readText(join(candidate, "packed-refs"));
    const line = packed?.split("\n").find((text) => text.endsWith(` ${ref}`));
    if (line !== undefined) return line.split(" ")[0];
  }
  return undefined;
}

async function readText(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}

import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = new URL("../../", import.meta.url).pathname;
const PAGE = join(ROOT, "docs/getting-started.md");
const MOST_COMMANDS = 5;

/** A block of code on the page. */
interface Block {
  readonly language: string;
  readonly text: string;
}

function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm)].map(([, language = "", text = ""]) => ({
    language,
    text,
  }));
}

/** Runs a line as a user's shell would. */
async function shell(line: string, { folder, bin }: { readonly folder: string; readonly bin: string }) {
  const { HOME = "", PATH = "", DENO_DIR = "" } = Deno.env.toObject();
  const output = await new Deno.Command("bash", {
    args: ["-c", `${line} && pwd >&2`],
    cwd: folder,
    clearEnv: true,
    env: { HOME, PATH: `${bin}:${PATH}`, NO_COLOR: "1", ...(DENO_DIR === "" ? {} : { DENO_DIR }) },
    stdin: "null",
  }).output();
  const [out, err] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(output.code, 0, `${line}\n${out}${err}`);
  return { out: out ?? "", folder: (err ?? "").trimEnd().split("\n").at(-1) ?? folder };
}

/** A repository with what the checkout holds now, whether it is committed or not. */
async function publish(repository: string): Promise<void> {
  const git = (...args: readonly string[]) =>
    new Deno.Command("git", { args: [...args], cwd: args[0] === "ls-files" ? ROOT : repository }).output();
  const listed = await git("ls-files", "--cached", "--others", "--exclude-standard", "-z", "--deduplicate");
  const files = new TextDecoder().decode(listed.stdout).split("\0").filter((file) =>
    /^(lib|migrations)\/|^(main\.ts|deno\.json|deno\.lock)$/.test(file)
  );
  for (const file of files) {
    await mkdir(join(repository, dirname(file)), { recursive: true });
    // What is deleted and not committed yet is still listed.
    await cp(join(ROOT, file), join(repository, file)).catch(() => {});
  }
  await git("init", "--quiet");
  await git("add", "--all");
  const author = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
  const committed = await git(...author, "commit", "--quiet", "--message", "All");
  assert.equal(committed.code, 0, new TextDecoder().decode(committed.stderr));
}

Deno.test("docs/getting-started.md leads from an empty folder to an applied migration in five commands", async () => {
  const blocks = blocksOf((await readFile(PAGE, "utf8")).split("## What next")[0] ?? "");
  const commands = blocks.filter(({ language }) => language === "sh").flatMap(({ text }) =>
    text.trim().split(/\n|&&|\|\|?|;/)
  );
  assert.ok(commands.length <= MOST_COMMANDS, `${commands.length} commands`);

  const temporary = await mkdtemp(join(tmpdir(), "cosmig-start-"));
  try {
    const [repository, bin] = [join(temporary, "repository"), join(temporary, "bin")];
    let folder = join(temporary, "empty");
    for (const path of [repository, bin, folder]) await mkdir(path);
    await symlink(Deno.execPath(), join(bin, "deno"));
    await publish(repository);

    let printed = "";
    for (const { language, text } of blocks) {
      if (language === "ts") {
        const file = /\S*migrations\/\S+\.ts/.exec(printed)?.[0] ?? "";
        assert.notEqual(file, "", `"new" names no file: ${printed}`);
        await writeFile(join(folder, file.replace(`${folder}/`, "")), text);
        continue;
      }
      if (language === "text") {
        const expected = text.trimEnd().split("\n");
        for (const [index, line] of printed.trimEnd().split("\n").entries()) {
          const [beginning = ""] = (expected[index] ?? "").split("…");
          assert.ok(line.startsWith(beginning) && beginning !== "", `${line} is not ${expected[index]}`);
        }
        continue;
      }
      for (const line of text.trim().split("\n")) {
        const ended = await shell(line.replace("<URL of this repository>", repository), { folder, bin });
        ({ folder, out: printed } = ended);
        // The packages are there already; to install them again would only cost time.
        if (line.startsWith("git clone")) {
          await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
        }
      }
    }
    assert.match(printed, /Applied 1 migration: 60 documents changed/);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
});

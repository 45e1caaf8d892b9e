import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";

const LIB = new URL("../lib/", import.meta.url).pathname;

/** What each folder may import; `types` are imported as types only. The table of the design, section 9. */
const MAY_IMPORT: Record<string, { readonly from: readonly string[]; readonly types?: readonly string[] }> = {
  base: { from: [] },
  sql: { from: ["base"] },
  definition: { from: ["base"], types: ["cosmos"] },
  planner: { from: ["base", "definition"] },
  cosmos: { from: ["base"] },
  lock: { from: ["base", "cosmos"] },
  history: { from: ["base", "definition", "cosmos", "lock"] },
  bulk: { from: ["base", "cosmos", "sql"] },
  operations: { from: ["base", "definition", "cosmos", "bulk", "sql"] },
  runner: {
    from: ["base", "definition", "planner", "cosmos", "lock", "history", "bulk", "operations", "sql"],
  },
  maintenance: {
    from: [
      "base",
      "definition",
      "planner",
      "cosmos",
      "lock",
      "history",
      "bulk",
      "operations",
      "runner",
      "sql",
    ],
  },
  reporting: { from: ["base"] },
  config: { from: ["base"] },
  emulator: { from: ["base", "sql"] },
  authoring: { from: ["base", "definition"] },
};
const EVERYTHING = [...Object.keys(MAY_IMPORT), "testing", "cli"];
MAY_IMPORT["testing"] = { from: EVERYTHING.filter((name) => !["cli", "config", "authoring"].includes(name)) };
MAY_IMPORT["cli"] = { from: EVERYTHING.filter((name) => name !== "authoring") };

const IMPORT_REGEXP =
  /^\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|import\("([^"]+)"\)/gm;

interface Source {
  readonly path: string;
  readonly folder: string;
  readonly code: string;
  readonly imports: readonly { readonly specifier: string; readonly typeOnly: boolean }[];
}

async function readSources(): Promise<Source[]> {
  const paths = (await readdir(LIB, { recursive: true })).filter((path) => path.endsWith(".ts")).sort();
  return await Promise.all(paths.map(async (path) => {
    const code = await readFile(join(LIB, path), "utf8");
    const imports = [...code.replaceAll(/^\s*\*.*$/gm, "").matchAll(IMPORT_REGEXP)]
      .map(([, type, from, dynamic]) => ({ specifier: from ?? dynamic ?? "", typeOnly: type !== undefined }));
    return { path, folder: path.includes("/") ? path.split("/")[0]! : "", code, imports };
  }));
}

const sources = await readSources();

/** A program that is written somewhere: a constant whose value is a text of several lines, with nothing but constants in it. */
const PROGRAM_REGEXP = /(?<=^(?:export )?const [A-Z_]+ = )`(?:[^`$]|\$\{[A-Z_]+\})*`/gm;

/** The code without comments, and without the words in strings and in programs of others. */
function bare({ code }: Source): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(?<![:"'`])\/\/.*$/gm, "").replaceAll(
    /"(?:[^"\\\n]|\\.)*"/g,
    '""',
  ).replaceAll(PROGRAM_REGEXP, "``");
}

function offenders(found: (source: Source) => boolean): string[] {
  return sources.filter(found).map(({ path }) => path);
}

Deno.test("lib/: arrows between the folders point down only", () => {
  const wrong = sources.filter(({ folder }) => folder !== "").flatMap(({ path, folder, imports }) =>
    imports.filter(({ specifier }) => specifier.startsWith(".")).map(({ specifier, typeOnly }) => {
      const target = relative(LIB, normalize(join(LIB, dirname(path), specifier)));
      const to = target.split("/")[0] ?? "";
      const allowed = MAY_IMPORT[folder];
      const ok = to === folder || allowed?.from.includes(to) || (typeOnly && allowed?.types?.includes(to));
      return ok ? undefined : `${path} imports ${target}`;
    }).filter((line) => line !== undefined)
  );
  assert.deepEqual(wrong, []);
  assert.ok(sources.length > 50, "the sources were not found");
});

Deno.test("lib/: every folder is in the table", () => {
  const folders = new Set(sources.map(({ folder }) => folder).filter((folder) => folder !== ""));
  assert.deepEqual([...folders].filter((folder) => !(folder in MAY_IMPORT)), []);
});

Deno.test("lib/: a file that starts with _ is private to its folder", () => {
  const wrong = sources.flatMap(({ path, imports }) =>
    imports.filter(({ specifier }) => /\/_[^/]+$/.test(specifier) && !specifier.startsWith("./_")).map((
      { specifier },
    ) => `${path} imports ${specifier}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("lib/: only cosmos/ imports the SDK", () => {
  const imports = (source: Source, name: RegExp) =>
    source.imports.some(({ specifier }) => name.test(specifier));
  assert.deepEqual(offenders((source) => source.folder !== "cosmos" && imports(source, /^@azure\//)), []);
  assert.ok(sources.some((source) => source.folder === "cosmos" && imports(source, /^@azure\/cosmos/)));
});

Deno.test("lib/: npm packages go by their bare names, and only node: and relative imports stand beside them", () => {
  const wrong = sources.flatMap(({ path, imports }) =>
    imports.filter(({ specifier }) => /^(?:npm|jsr|https?):/.test(specifier)).map(({ specifier }) =>
      `${path} imports ${specifier}`
    )
  );
  assert.deepEqual(wrong, []);
});

Deno.test("lib/: only base/clock.ts touches time and timers", () => {
  const time =
    /\bDate\.now\(|\bperformance\.now\(|\bhrtime\b|\bsetTimeout\(|\bsetInterval\(|\bnew Date\(\)|AbortSignal\.timeout\(/;
  assert.deepEqual(offenders((source) => source.path !== "base/clock.ts" && time.test(bare(source))), []);
});

Deno.test("lib/: only the systems of cli/ touch standard input, output and error, and the entry of the authoring tools", () => {
  const stdio = /\bconsole\.|\bprocess\.(?:stdout|stderr|stdin)\b/;
  assert.deepEqual(
    offenders((source) =>
      !["cli/deno_system.ts", "cli/node_system.ts", "authoring/main.ts"].includes(source.path) &&
      stdio.test(bare(source))
    ),
    [],
  );
});

Deno.test("lib/: the tool runs on node: and web APIs; only cli/deno_system.ts knows Deno", () => {
  assert.deepEqual(offenders((source) => /\bDeno\./.test(bare(source))), ["cli/deno_system.ts"]);
});

Deno.test("lib/: no file is a drawer for everything", () => {
  assert.deepEqual(
    offenders(({ path }) => /(?:^|\/)_?(?:utils?|helpers?|common|types|index)\.ts$/.test(path)),
    [],
  );
});

Deno.test("lib/: no `any`", () => {
  assert.deepEqual(offenders((source) => /[:<,|&(]\s*any\b(?!\w)|\bas any\b/.test(bare(source))), []);
});

import assert from "node:assert/strict";

interface ModuleInfo {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string };
  }[];
}

Deno.test("main.ts loads neither the SDK nor the validator nor the embedded database before a command needs them", async () => {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: new URL("../..", import.meta.url),
  }).output();
  const { roots, modules, redirects } = JSON.parse(new TextDecoder().decode(output.stdout)) as {
    readonly roots: readonly string[];
    readonly modules: readonly ModuleInfo[];
    readonly redirects: Readonly<Record<string, string>>;
  };
  const byName = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>();
  const visit = (name: string) => {
    const specifier = redirects[name] ?? name;
    if (loaded.has(specifier)) return;
    loaded.add(specifier);
    for (const { isDynamic, code } of byName.get(specifier)?.dependencies ?? []) {
      if (!isDynamic && code?.specifier !== undefined) visit(code.specifier);
    }
  };
  roots.forEach(visit);
  const packages = [...loaded].filter((name) => name.startsWith("npm:")).map((name) =>
    /npm:\/?(@?[^@]+)/.exec(name)?.[1]
  );
  assert.deepEqual(packages.sort(), ["@commander-js/extra-typings", "@noble/hashes"]);
  assert.deepEqual([...loaded].filter((name) => /\/lib\/(cosmos|emulator|sql|runner)\//.test(name)), []);
});

import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { filesBelow, pageBlocks, parseYaml, readText, ROOT } from "./_documents.ts";

const page = await readText("docs/kubernetes.md");

Deno.test("docs/kubernetes.md: every link to a file leads to one", async () => {
  const targets = [...page.matchAll(/\]\(((?!https?:|#)[^)]+)\)/g)].map(([, target]) => target ?? "");
  assert.ok(targets.length >= 10);
  for (const target of targets) await stat(join(ROOT, "docs", target));
});

Deno.test("docs/kubernetes.md: names every manifest, policy and component of the kit", async () => {
  const files = [...await filesBelow("deploy/manifests"), ...await filesBelow("deploy/policy")];
  // The ConfigMap goes by its name.
  for (const file of files.filter((file) => !file.endsWith("/parameters.yaml"))) {
    assert.ok(page.includes(file.split("/").at(-1) ?? ""), file);
  }
  for (const component of ["init-up", "init-wait", "job"]) {
    assert.ok(page.includes(`\`${component}\``), component);
  }
});

Deno.test("docs/kubernetes.md: has an answer for each of the reference documents", () => {
  assert.deepEqual([...page.matchAll(/^### S(\d)/gm)].map(([, number]) => Number(number)), [0, 1, 2, 3, 4]);
});

Deno.test("docs/: every YAML in the pages can be read", async () => {
  for (const { file, line, language, text } of await pageBlocks()) {
    if (language === "yaml") assert.doesNotThrow(() => parseYaml(text), `${file}:${line}`);
  }
});

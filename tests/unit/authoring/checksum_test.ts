import assert from "node:assert/strict";
import { join } from "node:path";
import { checksumOf } from "../../../lib/authoring/checksum.ts";
import { ProjectFolder } from "./_folder.ts";

const BASE = {
  "migrations/a.ts": `import { addField } from "../lib/mod.ts";
import { f } from "./parts/f.ts";
import data from "./data.json" with { type: "json" };
import fc from "fast-check";
export default addField(f, data, fc);
`,
  "migrations/parts/f.ts": `import { g } from "./g.ts";\nexport const f = () => g;\n`,
  "migrations/parts/g.ts": `import { f } from "./f.ts";\nexport const g = () => [f, 1];\n`,
  "migrations/data.json": `{ "a": 1, "b": [2] }`,
};

async function checksum(
  changes: Readonly<Record<string, string>> = {},
  entry = "migrations/a.ts",
): Promise<string> {
  await using folder = await ProjectFolder.create({ ...BASE, ...changes });
  return await checksumOf(join(folder.path, entry), folder.project.library);
}

Deno.test("checksumOf() is the same wherever the project lies, and names its version", async () => {
  assert.equal(await checksum(), await checksum());
  assert.match(await checksum(), /^v1:[0-9a-f]{64}$/);
});

Deno.test("checksumOf() does not change with comments and formatting of the file and what it imports", async () => {
  const changed = await checksum({
    "migrations/a.ts": `// licence\n${BASE["migrations/a.ts"].replaceAll('"', "'").replaceAll(";", "")}`,
    "migrations/parts/g.ts": `/* c */ ${BASE["migrations/parts/g.ts"].replace("[f, 1]", "[f, 1,]")}`,
    "migrations/data.json": `{"a":1,\n"b":[2]}`,
  });
  assert.equal(changed, await checksum());
});

Deno.test("checksumOf() does not change with the library", async () => {
  assert.equal(await checksum({ "lib/mod.ts": "export const addField = 2;\n" }), await checksum());
});

Deno.test("checksumOf() does not change when files are renamed", async () => {
  const renamed = await checksum({
    "migrations/b.ts": BASE["migrations/a.ts"].replace("./parts/f.ts", "./other/h.ts"),
    "migrations/other/h.ts": BASE["migrations/parts/f.ts"],
    "migrations/other/g.ts": BASE["migrations/parts/g.ts"].replace("./f.ts", "./h.ts"),
  }, "migrations/b.ts");
  assert.equal(renamed, await checksum());
});

Deno.test("checksumOf() changes with the file, a helper's helper, a JSON import and an npm specifier", async () => {
  const before = await checksum();
  const changes: readonly Readonly<Record<string, string>>[] = [
    { "migrations/a.ts": BASE["migrations/a.ts"].replace("fc)", "fc, 1)") },
    { "migrations/a.ts": BASE["migrations/a.ts"].replace('"fast-check"', '"npm:fast-check@4"') },
    { "migrations/parts/g.ts": BASE["migrations/parts/g.ts"].replace("1]", "2]") },
    { "migrations/data.json": `{ "a": 1, "b": [3] }` },
  ];
  for (const change of changes) assert.notEqual(await checksum(change), before, JSON.stringify(change));
});

Deno.test("checksumOf() tells which file lacks what it imports", async () => {
  await assert.rejects(
    checksum({ "migrations/a.ts": `import "./missing.ts";` }),
    /Cannot read "missing\.ts", which "a\.ts" imports, as there is no such file/,
  );
});

Deno.test("checksumOf() stays what it was: a change here makes every applied migration of every user drift", async () => {
  assert.equal(await checksum(), "v1:286200b3f9ba4a71cf94e23d2fd622840cbb77ceb637c78bcbc4f9ae84a13d0f");
});

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { loadConfiguration } from "../../../lib/config/load_configuration.ts";
import { SETTINGS } from "../../../lib/config/settings.ts";
import { configurationReference } from "../../../tasks/configuration_reference.ts";

const page = await readFile(new URL("../../../docs/configuration.md", import.meta.url), "utf8");

Deno.test("docs/configuration.md is what `deno run -A tasks/configuration_reference.ts` writes", () => {
  assert.equal(page, configurationReference());
  for (const { variable } of SETTINGS) assert.ok(page.includes(`\`${variable}\``), variable);
});

Deno.test("docs/configuration.md shows a file that is understood", async () => {
  const [, text = ""] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  const secret = "AccountEndpoint=https://shop.documents.azure.com:443/;AccountKey=c2VjcmV0;\n";
  const { account, tool, warnings } = await loadConfiguration({
    flags: {},
    environment: {},
    file: { file: "settings.json", fileFrom: "--config", environment: "staging" },
    readText: (path) => Promise.resolve(path === "settings.json" ? text : secret),
    onSecret: () => {},
  });
  assert.deepEqual(warnings, []);
  assert.equal(account.database, "shop-staging");
  assert.equal(account.endpoint, "https://shop.documents.azure.com/");
  assert.deepEqual([tool.lockTimeoutMs, tool.ruShare], [1_800_000, 0.5]);
});

import type { ThirdParty } from "./package_inventory.ts";

const RULE = "=".repeat(80);

/** The licences of everything of others, as one text. */
export function renderLicences(program: string, parts: readonly ThirdParty[]): string {
  const sections = parts.map(({ name, version, licence, homepage, texts }) =>
    [
      RULE,
      `${name} ${version}`,
      ...(licence === undefined ? [] : [`Licence: ${licence}`]),
      ...(homepage === undefined ? [] : [homepage]),
      RULE,
      "",
      texts.length === 0
        ? "The package brings no text of its licence."
        : texts.map((text) => text.replaceAll("\r\n", "\n").trim()).join(`\n\n${"-".repeat(80)}\n\n`),
      "",
    ].join("\n")
  );
  return [`${program} contains software of others, under the licences below.\n`, ...sections].join("\n");
}

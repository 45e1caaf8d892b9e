import ts from "typescript";

/**
 * Makes the entry of a program fit for a bundle that is a script: what follows its imports becomes the body of an async function, so that it may await.
 * Scripts start faster than modules in a Node executable, and Deno takes both.
 *
 * An entry that exports something is left as it is.
 */
export function wrapEntryModule(file: { readonly name: string; readonly text: string }): string {
  const source = ts.createSourceFile(file.name, file.text, ts.ScriptTarget.Latest, true);
  const exports = source.statements.some((statement) =>
    ts.isExportDeclaration(statement) || ts.isExportAssignment(statement) ||
    ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
  if (exports) return file.text;
  const [imports, body] = [true, false].map((wanted) =>
    source.statements.filter((statement) => ts.isImportDeclaration(statement) === wanted)
      .map((statement) => statement.getText(source)).join("\n")
  );
  return `${imports}\nvoid (async () => {\n${body}\n})();\n`;
}

import ts from "typescript";
import { RegistryError } from "../base/errors.ts";

/** A syntax tree as data: the kind of a node, what tells it from others of that kind, and its parts with the role that each plays. */
export type Syntax = string | readonly Syntax[];

/** What the module that an import or export names is to the checksum. */
export type ModuleReference =
  /** Another file, by a number that does not depend on its name. */
  | { readonly kind: "file"; readonly number: number }
  /** The library that migrations are written with. */
  | { readonly kind: "library" }
  | { readonly kind: "specifier"; readonly specifier: string };

/** Says what a module specifier stands for; called in the order of the text. */
export type Referrer = (specifier: string) => ModuleReference;

/** The roles whose single statement a formatter may put into braces. */
const BODIES = new Set(["thenStatement", "elseStatement", "statement"]);

/** Properties that show a part a second time, under an older name or from below. */
const ALIASES = new Set(["parent", "assertClause"]);

/** Properties that tell nodes apart and are no nodes themselves. */
const SCALARS = [
  "operator",
  "keywordToken",
  "token",
  "phaseModifier",
  "isTypeOnly",
  "isTypeOf",
  "isExportEquals",
];

/**
 * The canonical syntax of a TypeScript file: equal for texts that differ only in comments, white space and what a formatter decides (quotes, semicolons,
 * trailing commas, redundant parentheses and braces, the order of named imports and exports), different for all others. An import of the library counts
 * only where it renames something.
 *
 * @throws {RegistryError} when the text is not TypeScript
 */
export function canonicalSyntax(
  file: { readonly name: string; readonly text: string },
  refer: Referrer,
): Syntax {
  const text = file.text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  requireSyntax(file.name, text);
  const source = ts.createSourceFile(file.name, text, ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((statement) => listItemSyntax(statement, refer));
}

function listItemSyntax(node: ts.Node, refer: Referrer): Syntax[] {
  if (ts.isEmptyStatement(node)) return [];
  if (
    ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier) &&
    refer(node.moduleSpecifier.text).kind === "library"
  ) {
    const renames = libraryRenames(node.importClause);
    return renames.length === 0 ? [] : [["LibraryImport", ...sorted(renames)]];
  }
  return [nodeSyntax(node, refer)];
}

function nodeSyntax(node: ts.Node, refer: Referrer): Syntax {
  if (ts.isParenthesizedExpression(node)) return nodeSyntax(node.expression, refer);
  if (ts.isParenthesizedTypeNode(node)) return nodeSyntax(node.type, refer);
  if (ts.isStringLiteralLike(node) && isModuleName(node)) return referenceSyntax(refer(node.text));
  const text = textOf(node);
  if (text !== undefined) return [isQuotedName(node) ? "Identifier" : kindName(node.kind), text];
  return [kindName(node.kind), ...distinctions(node), ...partsOf(node, refer)];
}

function partsOf(node: ts.Node, refer: Referrer): Syntax[] {
  const parts: Syntax[] = [];
  ts.forEachChild(
    node,
    (child) => {
      const role = roleOf(node, child);
      parts.push([role, isBody(node, role) ? bodySyntax(child, refer) : nodeSyntax(child, refer)]);
    },
    (children) => {
      // An empty list says nothing: `new Thing` and `new Thing()` are the same.
      if (children.length === 0) return;
      const items = children.flatMap((child) => listItemSyntax(child, refer));
      const isSet = ts.isNamedImports(node) || ts.isNamedExports(node);
      parts.push([roleOf(node, children), isSet ? sorted(items) : items]);
    },
  );
  return parts;
}

/** The name of the property that holds a part: without it, `for (a;;)` and `for (;a;)` would look alike. */
function roleOf(node: ts.Node, part: unknown): string {
  return Object.entries(node).find(([key, value]) => value === part && !ALIASES.has(key))?.[0] ?? "";
}

function isBody(node: ts.Node, role: string): boolean {
  return BODIES.has(role) && (ts.isIfStatement(node) || ts.isIterationStatement(node, false));
}

function bodySyntax(body: ts.Node, refer: Referrer): Syntax {
  if (ts.isBlock(body)) return nodeSyntax(body, refer);
  const statements = listItemSyntax(body, refer);
  return [kindName(ts.SyntaxKind.Block), ...(statements.length === 0 ? [] : [["statements", statements]])];
}

/** The text of a node that is one word; of templates as it is written, since a tag sees that. */
function textOf(node: ts.Node): string | undefined {
  if ("rawText" in node && typeof node.rawText === "string") return node.rawText;
  return "text" in node && typeof node.text === "string" ? node.text : undefined;
}

function distinctions(node: ts.Node): Syntax[] {
  const scalars = Object.entries(node).filter(([key, value]) =>
    SCALARS.includes(key) && value !== undefined && value !== false
  ).map(([key, value]): Syntax => [key, typeof value === "number" ? kindName(value) : String(value)]);
  const flags: Syntax[] = [];
  if (ts.isVariableDeclarationList(node)) flags.push(declarationWord(node));
  if (node.flags & ts.NodeFlags.OptionalChain) flags.push("chain");
  return [...sorted(scalars), ...flags];
}

function declarationWord({ flags }: ts.VariableDeclarationList): string {
  switch (flags & ts.NodeFlags.BlockScoped) {
    case ts.NodeFlags.AwaitUsing:
      return "await using";
    case ts.NodeFlags.Using:
      return "using";
    case ts.NodeFlags.Const:
      return "const";
    case ts.NodeFlags.Let:
      return "let";
    default:
      return "var";
  }
}

/** `{ "a": 1 }` is `{ a: 1 }`. */
function isQuotedName(node: ts.Node): boolean {
  const { parent } = node;
  return ts.isStringLiteral(node) && "name" in parent && parent.name === node &&
    !ts.isModuleDeclaration(parent);
}

function isModuleName(node: ts.StringLiteralLike): boolean {
  const { parent } = node;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) {
    return parent.moduleSpecifier === node;
  }
  if (ts.isCallExpression(parent)) {
    return parent.expression.kind === ts.SyntaxKind.ImportKeyword && parent.arguments[0] === node;
  }
  return ts.isExternalModuleReference(parent) ||
    (ts.isLiteralTypeNode(parent) && ts.isImportTypeNode(parent.parent) && parent.parent.argument === parent);
}

function referenceSyntax(reference: ModuleReference): Syntax {
  switch (reference.kind) {
    case "file":
      return ["File", String(reference.number)];
    case "library":
      return ["Library"];
    case "specifier":
      return ["Specifier", reference.specifier];
  }
}

/** Names of the library say by themselves what they are, other names do not. */
function libraryRenames(clause: ts.ImportClause | undefined): Syntax[] {
  const bindings = clause?.namedBindings;
  if (bindings === undefined) return [];
  if (ts.isNamespaceImport(bindings)) return [["*", bindings.name.text]];
  return bindings.elements.flatMap(({ propertyName, name }) =>
    propertyName === undefined || propertyName.text === name.text ? [] : [[propertyName.text, name.text]]
  );
}

/** The first name that the compiler gives a kind; some have others, which move from version to version. */
function kindName(kind: ts.SyntaxKind): string {
  return Object.entries(ts.SyntaxKind).find(([, value]) => value === kind)?.[0] ?? String(kind);
}

function sorted(items: readonly Syntax[]): Syntax[] {
  return items.map((item) => ({ item, text: JSON.stringify(item) }))
    .toSorted((left, right) => left.text < right.text ? -1 : left.text > right.text ? 1 : 0)
    .map(({ item }) => item);
}

function requireSyntax(fileName: string, text: string): void {
  const { diagnostics = [] } = ts.transpileModule(text, {
    fileName,
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
  });
  const [first] = diagnostics;
  if (first === undefined) return;
  const line = text.slice(0, first.start ?? 0).split("\n").length;
  throw new RegistryError(
    `Cannot read "${fileName}" as it is not TypeScript: ${
      ts.flattenDiagnosticMessageText(first.messageText, " ").replace(/\.$/, "")
    } (line ${line})`,
  );
}

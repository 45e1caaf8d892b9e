import type { Value } from "../evaluate/value.ts";
import type { Operation, SqlFunction } from "./sql_function.ts";

/**
 * `RegexMatch(text, pattern[, modifiers])` with the modifiers m, s, i and x (documentation, RegexMatch). Patterns are those of JavaScript, which
 * differ from the service's in rare constructs (possessive quantifiers, `\A`). A pattern or modifier that is wrong is an error where it is a literal
 * and gives undefined otherwise.
 */
export const REGEX_FUNCTIONS: readonly SqlFunction[] = [{
  name: "RegexMatch",
  minArguments: 2,
  maxArguments: 3,
  create: createMatcher,
  check: ([, pattern, modifiers], fail) => {
    if (pattern?.kind !== "literal" || typeof pattern.value !== "string") return;
    if (modifiers !== undefined && modifiers.kind !== "literal") return;
    if (toRegExp(pattern.value, modifiers?.value ?? "") !== undefined) return;
    fail(
      pattern.at,
      "RegexMatch takes a regular expression and modifiers of m, s, i, x",
      JSON.stringify([pattern.value, modifiers?.value ?? ""]),
    );
  },
}];

function createMatcher(): Operation {
  let known:
    | { readonly pattern: string; readonly modifiers: Value; readonly regExp: RegExp | undefined }
    | undefined;
  return (text, pattern, modifiers = "") => {
    if (typeof text !== "string" || typeof pattern !== "string") return undefined;
    if (known?.pattern !== pattern || known.modifiers !== modifiers) {
      known = { pattern, modifiers, regExp: toRegExp(pattern, modifiers) };
    }
    return known.regExp?.test(text);
  };
}

function toRegExp(pattern: string, modifiers: Value): RegExp | undefined {
  if (typeof modifiers !== "string" || !/^[msix]*$/.test(modifiers)) return undefined;
  const source = modifiers.includes("x") ? withoutSpace(pattern) : pattern;
  const flags = [..."msi"].filter((flag) => modifiers.includes(flag)).join("");
  try {
    return new RegExp(source, `u${flags}`);
  } catch {
    // The Unicode mode refuses escapes such as "\-" that the service takes.
    try {
      return new RegExp(source, flags);
    } catch {
      return undefined;
    }
  }
}

/** The modifier x: white space counts only when escaped or in a set. */
function withoutSpace(pattern: string): string {
  return pattern.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\s+/g, (part) => part.trim() === "" ? "" : part);
}

import { CommanderError } from "@commander-js/extra-typings";
import { CosmigError } from "../base/errors.ts";

/** What a parse that did not reach a command means. */
export type ParseEnd = { readonly kind: "shown" } | { readonly kind: "wrong"; readonly error: unknown };

/** Translates what commander throws. Help and version were printed when it comes to that. */
export function toParseEnd(error: unknown): ParseEnd {
  if (!(error instanceof CommanderError)) return { kind: "wrong", error };
  if (error.exitCode === 0) return { kind: "shown" };
  return { kind: "wrong", error: new CosmigError("usage", messageOf(error)) };
}

/** One line, without values that nobody asked for: one may be a secret behind a misspelt name. */
function messageOf({ code, message }: CommanderError): string {
  if (code === "commander.help") return "Cannot run a group of commands as one of them has to be named";
  const [first = "", ...rest] = message.replace(/^error: /, "").split("\n");
  const text = first.replace(/^(unknown option '[^=']*)=.*$/s, "$1'").replace(
    /^(too many arguments .* got \d+): .*$/s,
    "$1",
  );
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  const suggestion = rest.join(" ").replace(/^\(|\)$/g, "").trim();
  return suggestion === ""
    ? capital
    : `${capital}: ${suggestion.charAt(0).toLowerCase()}${suggestion.slice(1)}`;
}

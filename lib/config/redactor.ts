import { Buffer } from "node:buffer";
import { REDACTED } from "./secret.ts";

/** Removes secrets from a text. */
export type Redactor = (text: string) => string;

/** What looks like a secret wherever it comes from, also when it was never configured. */
const PATTERNS: readonly RegExp[] = [
  /(AccountKey\s*=\s*)[^;\s"'<]+/gi,
  /(\bsig(?:=|%3d))[^&\s"';]+/gi,
  /(\bBearer\s+)[^\s"']+/gi,
  /(:\/\/[^/\s@:"']*:)[^/\s@"']+(?=@)/g,
];

/**
 * A shorter text cannot be told from ordinary words, and removing it everywhere would make the output
 * unreadable.
 */
const SHORTEST_SECRET = 4;

/**
 * Makes what everything that is printed passes through. Finds each secret as it is, URL-encoded, in base64
 * and as it appears inside JSON.
 *
 * @param secrets the values themselves; whatever is shorter than four characters is left alone
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = secrets.filter((secret) => secret.length >= SHORTEST_SECRET).flatMap(formsOf);
  // The longest first: a form may contain another.
  const ordered = [...new Set(forms)].sort((left, right) => right.length - left.length);
  return (text) => {
    const known = ordered.reduce((clean, form) => clean.replaceAll(form, REDACTED), text);
    return PATTERNS.reduce((clean, pattern) => clean.replace(pattern, `$1${REDACTED}`), known);
  };
}

function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString("base64");
  const encoded = encodeURIComponent(secret);
  return [
    secret,
    encoded,
    encoded.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    base64,
    base64.replace(/=+$/, ""),
    Buffer.from(secret).toString("base64url"),
    encodeURIComponent(base64),
    JSON.stringify(secret).slice(1, -1),
  ].filter((form) => form.length >= SHORTEST_SECRET);
}

const SECRET_PATTERNS: readonly RegExp[] = [
  /(AccountKey\s*=\s*)[^;\s"']+/gi,
  /(sig(?:=|%3d))[^&\s"';]+/gi,
  /(Bearer\s+)[^\s"']+/gi,
  /()\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /(:\/\/)[^/\s@:"']+:[^/\s@"']*(?=@)/g,
];

/** Removes what looks like a key, a signature, a token or credentials in a URL from a text that came from outside. */
export function redact(text: string): string {
  return SECRET_PATTERNS.reduce((clean, pattern) => clean.replace(pattern, "$1[redacted]"), text);
}

/** A copy of an error that holds its name and text only: errors of HTTP clients carry their request, whose headers are secret. */
export function withoutRequest(error: Error): Error {
  const copy = new Error(redact(error.message));
  copy.name = error.name;
  return copy;
}

/**
 * Makes a matcher of a LIKE pattern: `%` any text, `_` one character, `[abc]`, `[a-f]` one of a set, `[^abc]` one that is not in it; `escape` takes
 * the meaning from the character that follows it, brackets take it from `%`, `_` and `[`. (Documentation, "Keywords", LIKE.) A `[` that is never
 * closed stands for itself. Characters are UTF-16 code units, and the comparison is case-sensitive.
 */
export function compileLike(pattern: string, escape?: string): (text: string) => boolean {
  const steps = readPattern(pattern, escape);
  return (text) => matchSteps(steps, text);
}

/** One character of a pattern: `undefined` is `%`. */
type Step = ((character: string) => boolean) | undefined;

function readPattern(pattern: string, escape: string | undefined): readonly Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    const set = character === "[" && escape !== "[" ? readSet(pattern, at) : undefined;
    if (character === escape && at + 1 < pattern.length) {
      at++;
      steps.push(literal(pattern.charAt(at)));
    } else if (character === "%") {
      steps.push(undefined);
    } else if (character === "_") {
      steps.push(() => true);
    } else if (set !== undefined) {
      steps.push(set.step);
      at = set.end;
    } else {
      steps.push(literal(character));
    }
  }
  return steps;
}

function literal(expected: string): Step {
  return (character) => character === expected;
}

function readSet(pattern: string, start: number): { readonly step: Step; readonly end: number } | undefined {
  const negated = pattern.charAt(start + 1) === "^";
  const first = start + (negated ? 2 : 1);
  // A "]" right after the bracket belongs to the set.
  const end = pattern.indexOf("]", first + 1);
  if (end < 0) return undefined;
  const members = pattern.slice(first, end);
  const ranges: { readonly from: string; readonly to: string }[] = [];
  for (let at = 0; at < members.length; at++) {
    const from = members.charAt(at);
    const isRange = members.charAt(at + 1) === "-" && at + 2 < members.length;
    ranges.push({ from, to: isRange ? members.charAt(at + 2) : from });
    if (isRange) at += 2;
  }
  const step: Step = (character) =>
    ranges.some(({ from, to }) => from <= character && character <= to) !== negated;
  return { step, end };
}

/** Matches greedily with one point to come back to, the last `%`: time is at most text length times pattern length. */
function matchSteps(steps: readonly Step[], text: string): boolean {
  let step = 0;
  let at = 0;
  let retryStep = -1;
  let retryAt = 0;
  while (at < text.length) {
    const current = steps[step];
    if (step < steps.length && current === undefined) {
      retryStep = step++;
      retryAt = at;
    } else if (current?.(text.charAt(at))) {
      step++;
      at++;
    } else if (retryStep >= 0) {
      step = retryStep + 1;
      at = ++retryAt;
    } else {
      return false;
    }
  }
  return steps.slice(step).every((rest) => rest === undefined);
}

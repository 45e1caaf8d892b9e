import assert from "node:assert/strict";
import fc from "fast-check";
import { formatProgress, formatProgressLine } from "../../../lib/reporting/progress.ts";
import { textWidth } from "../../../lib/reporting/text_width.ts";
import { progressed } from "./_events.ts";

Deno.test("formatProgress() says how far, how fast and how long still", () => {
  assert.equal(
    formatProgress(progressed(200, 20_200).progress),
    "0%, 200 of 20 200 documents, 200/s, 400 RU/s, about 1m 40s left, 3× throttled",
  );
});

Deno.test("formatProgress() counts ranges when nobody knows how many documents there are", () => {
  assert.equal(
    formatProgress({ ...progressed(50).progress, expected: undefined, throttled: 0 }),
    "range 2/4, 50 documents, 200/s, 400 RU/s",
  );
});

Deno.test("formatProgress() says that a projection is one, and forgets it when it proves too low", () => {
  const estimated = (read: number, expected: number) =>
    formatProgress({
      ...progressed(read, expected).progress,
      isEstimated: true,
      throttled: 0,
    });
  assert.equal(
    estimated(200, 20_117),
    "0%, 200 of about 21 000 documents, 200/s, 400 RU/s, about 1m 44s left",
  );
  assert.equal(estimated(21_000, 20_117), "range 2/4, 21 000 documents, 200/s, 400 RU/s");
});

Deno.test("formatProgress() never exceeds 100 % although documents came since they were counted", () => {
  assert.match(formatProgress(progressed(1_500, 1_000).progress), /^100%, 1 500 of 1 500 documents/);
  assert.match(formatProgress({ ...progressed(0, 0).progress }), /^100%, 0 of 0 documents/);
});

Deno.test("formatProgressLine() fits into any width", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.option(fc.nat(), { nil: undefined }),
      fc.integer({ min: 1, max: 200 }),
      (read, expected, columns) => {
        assert.ok(
          textWidth(formatProgressLine({ ...progressed(read).progress, expected }, { columns })) <= columns,
        );
      },
    ),
  );
});

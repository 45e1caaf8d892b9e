import process from "node:process";

/** The image under test and why there is none. `.ci/run` builds it. */
export const IMAGE = process.env["TEST_IMAGE"] ?? "";

const reason = IMAGE !== ""
  ? undefined
  : process.env["TEST_NO_ENGINE"] ?? "no image: TEST_IMAGE does not name one";

/** A test that needs a container engine and the image. Where they are missing it is skipped, and its name says why. */
export function testImage(name: string, run: () => Promise<void>): void {
  Deno.test({
    name: reason === undefined ? name : `${name} [${reason}]`,
    ignore: reason !== undefined,
    // The client of the engine keeps connections for later containers.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      // Deno ends a test as hopeless while all that it waits for is a connection that the client does not count.
      const alive = setInterval(() => {}, 1_000);
      await run().finally(() => clearInterval(alive));
    },
  });
}

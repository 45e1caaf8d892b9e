import type { Emulator } from "../../lib/emulator/mod.ts";

/**
 * Stops a rebuild where there is no container of its name: once a container was dropped, none is created.
 *
 * @returns ends it
 */
export function refuseCreatesAfterDrop(emulator: Emulator): () => void {
  let dropped = false;
  return emulator.onRequest({
    before: ({ resource, method }) => {
      if (resource !== "container") return;
      if (dropped && method === "POST") return { kind: "answer", status: 400 };
      dropped ||= method === "DELETE";
    },
  });
}

import { defineMigration, rebuildContainer } from "../lib/mod.ts";

export default defineMigration({
  description: "The orders of a customer have different numbers",
  up: [rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]] })],
});

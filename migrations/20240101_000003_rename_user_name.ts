import { defineMigration, renameField } from "../lib/mod.ts";

export default defineMigration({
  description: "The name that users are shown by is called displayName",
  up: [renameField({ container: "Users", field: "/userName", to: "/displayName" })],
});

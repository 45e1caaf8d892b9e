import { defineMigration, removeField } from "../lib/mod.ts";

export default defineMigration({
  description: "Users have no middle name any more; a rollback brings it back",
  up: [removeField({ container: "Users", field: "/middleName", recoverable: true })],
});

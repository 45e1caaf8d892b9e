import { addField, defineMigration } from "../lib/mod.ts";

export default defineMigration({
  description: "Users have an age, 0 where it is not known",
  up: [addField({ container: "Users", field: "/age", value: 0 })],
});

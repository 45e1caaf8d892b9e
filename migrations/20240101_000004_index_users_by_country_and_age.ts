import { addCompositeIndex, defineMigration } from "../lib/mod.ts";

export default defineMigration({
  description: "Users can be listed by country, the oldest first",
  up: [
    addCompositeIndex({
      container: "Users",
      paths: [["/address/country", "ascending"], ["/age", "descending"]],
    }),
  ],
});

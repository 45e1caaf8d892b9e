/** Scenes of `editDocuments`. What a rollback leaves is written down here once more, in plain words of the documentation. */
import { jsonEquals } from "../../../lib/base/json.ts";
import { add, convert, remove, rename, set } from "../../../lib/definition/edit.ts";
import { editDocuments } from "../../../lib/definition/edit_documents.ts";
import {
  addField,
  convertField,
  removeField,
  renameField,
  setField,
} from "../../../lib/definition/edit_fields.ts";
import { users, without } from "./_arbitrary_users.ts";
import type { KindScenes, Restored } from "./_operation_scene.ts";

export const IS_TEXT = "IS_STRING(c.price)";
const price = convert("/price", {
  do: (value: string) => Number(value),
  undo: (value) => typeof value === "number" ? value.toFixed(2) : undefined,
});
export const priceBack: Restored = (now) =>
  typeof now["price"] === "number" ? { ...now, price: now["price"].toFixed(2) } : now;
const every = ["age", "plan", "mail", "email", "price", "n", "lines"] as const;

export const EDITS: KindScenes = {
  "add": users(addField({ container: "Users", field: "/age", value: 0 }), {
    documents: ["age"],
    writes: ["age"],
    restored: (now) => now["age"] === 0 ? without(now, "age") : now,
  }),
  "add to each element": users(addField({ container: "Users", field: "/lines/*/open", value: true }), {
    documents: ["lines"],
    writes: ["lines"],
    restored: (now) => {
      const { lines } = now;
      if (!Array.isArray(lines)) return now;
      return { ...now, lines: lines.map((line) => jsonEquals(line, { open: true }) ? {} : line) };
    },
  }),
  "set": users(setField({ container: "Users", field: "/plan", value: "free", undo: "trial" }), {
    documents: ["plan"],
    writes: ["plan"],
    restored: (now) => now["plan"] === "free" ? { ...now, plan: "trial" } : now,
  }),
  "set where": users(
    setField({ container: "Users", field: "/plan", value: "free", undo: "trial", where: "c.n > 0" }),
    {
      documents: ["plan", "n"],
      writes: ["plan", "n"],
      restored: (now) => now["plan"] === "free" && Number(now["n"]) > 0 ? { ...now, plan: "trial" } : now,
    },
  ),
  "set without undo": users(setField({ container: "Users", field: "/plan", value: "free" }), {
    documents: ["plan"],
  }),
  "rename": users(renameField({ container: "Users", field: "/mail", to: "/email" }), {
    documents: ["mail", "email"],
    writes: ["mail", "email"],
    restored: (now) => {
      const { mail, email } = now;
      return mail === undefined && email !== undefined ? { ...without(now, "email"), mail: email } : now;
    },
  }),
  "convert": users(
    editDocuments({ container: "Users", edits: [price], where: IS_TEXT }),
    { documents: ["price"], writes: ["price"], restored: priceBack },
  ),
  "convert without undo": users(
    convertField({
      container: "Users",
      field: "/price",
      where: IS_TEXT,
      do: (value: string) => Number(value),
    }),
    { documents: ["price"] },
  ),
  "convert with mark": users(
    convertField({
      container: "Users",
      field: "/n",
      mark: true,
      do: (n: number) => n + 1,
      undo: (n) => n - 1,
    }),
    { documents: ["n"] },
  ),
  "remove": users(removeField({ container: "Users", field: "/plan" }), { documents: ["plan"] }),
  "remove, recoverable": users(removeField({ container: "Users", field: "/plan", recoverable: true }), {
    documents: ["plan", "age"],
    writes: ["plan", "age"],
    // What the application has put there since stays.
    restored: (now, before) => {
      const { plan = before?.["plan"], ...rest } = without(now, "__cosmig");
      return plan === undefined ? rest : { ...rest, plan };
    },
  }),
  "several, by value": users(
    editDocuments({
      container: "Users",
      edits: [rename("/mail", "/email"), add("/age", 0), set("/plan", "free", { undo: "paid" })],
    }),
    {
      documents: ["mail", "email", "age", "plan"],
      writes: ["mail", "email", "age", "plan"],
      restored: (now) => {
        const { age, plan, mail, email, ...rest } = now;
        const isMoved = mail === undefined && email !== undefined;
        return {
          ...rest,
          ...(age === undefined || age === 0 ? {} : { age }),
          ...(plan === undefined ? {} : { plan: plan === "free" ? "paid" : plan }),
          ...(isMoved
            ? { mail: email }
            : { ...(mail === undefined ? {} : { mail }), ...(email === undefined ? {} : { email }) }),
        };
      },
    },
  ),
  "all, with trace": users(
    editDocuments({
      container: "Users",
      trace: true,
      where: IS_TEXT,
      edits: [
        price,
        add("/age", 0),
        add("/lines/*/open", true),
        set("/plan", "free"),
        rename("/mail", "/email"),
        remove("/n"),
      ],
    }),
    { documents: every },
  ),
};

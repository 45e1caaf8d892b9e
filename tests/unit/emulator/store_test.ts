import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteStore, type Slot } from "../../../lib/emulator/store/byte_store.ts";
import { ChangeLog } from "../../../lib/emulator/store/change_log.ts";
import { DocumentEntry } from "../../../lib/emulator/store/document_entry.ts";
import { DocumentList } from "../../../lib/emulator/store/document_list.ts";
import { childRids, containerRid, documentNumber } from "../../../lib/emulator/store/rids.ts";

Deno.test("ByteStore gives back what was put, whatever was freed in between", () => {
  const action = fc.record({
    frees: fc.boolean(),
    pick: fc.nat(),
    text: fc.string({ unit: "grapheme", maxLength: 300 }),
  });
  fc.assert(fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
    const store = new ByteStore();
    const held: { readonly slot: Slot; readonly text: string }[] = [];
    for (const { frees, pick, text } of actions) {
      if (frees && held.length > 0) store.free(held.splice(pick % held.length, 1)[0]!.slot);
      else held.push({ slot: store.put(text), text });
      for (const { slot, text } of held) assert.equal(store.get(slot), text);
    }
  }));
});

Deno.test("ByteStore uses freed places again, also for texts of the largest size", () => {
  const store = new ByteStore();
  const text = "x".repeat(2 * 1_024 * 1_024);
  const first = store.put(text);
  store.free(first);
  assert.equal(store.put(text.slice(5)).at, first.at);
});

const entry = (number: number, lsn = number) =>
  new DocumentEntry({ key: `${number}`, epk: "00", number }, {
    at: 0,
    length: 0,
    lsn,
    writtenMs: 0,
    ttlSeconds: 0,
  });

Deno.test("DocumentList goes on after any number, also one whose document is gone", () => {
  const list = new DocumentList();
  const entries = Array.from({ length: 5_000 }, (_, number) => entry(number));
  for (const each of entries) list.append(each);
  for (const each of entries) {
    if (each.number % 10 === 0) continue;
    each.live = false;
    list.noteRemoved();
  }
  assert.deepEqual([...list.after(-1)].length, 500);
  assert.equal([...list.after(4_985)].length, 1);
  assert.equal([...list.after(20)][0]?.number, 30);
  assert.equal([...list.after(21)][0]?.number, 30);
});

Deno.test("ChangeLog lists each document at its latest write only", () => {
  const log = new ChangeLog();
  const entries = [entry(1), entry(2), entry(3)];
  for (const each of entries) log.append(each);
  for (let lsn = 4; lsn < 5_000; lsn++) {
    entries[0]!.lsn = lsn;
    log.append(entries[0]!);
    log.compact();
  }
  assert.deepEqual([...log.after(0)].map(({ number, lsn }) => [number, lsn]), [[2, 2], [3, 3], [1, 4_999]]);
  assert.deepEqual([...log.after(3)].map(({ number }) => number), [1]);
  entries[1]!.live = false;
  assert.deepEqual([...log.after(0)].map(({ number }) => number), [3, 1]);
});

Deno.test("documentNumber() reads what childRids() writes, and container rids have eight bytes", () => {
  const ridOf = childRids(1, 2);
  for (const number of [0, 1, 255, 256, 2 ** 32, 2 ** 40 + 7]) {
    assert.equal(documentNumber(ridOf(number)), number);
  }
  assert.equal(atob(containerRid(1, 2).replaceAll("-", "/")).length, 8);
  assert.equal(atob(ridOf(1).replaceAll("-", "/")).length, 16);
});

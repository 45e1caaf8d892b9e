/** How a character is painted: numbers of SGR sequences, `1` for bold, `32` for green. */
export type Paint = ReadonlySet<number>;

/** One character on the screen. */
export interface ScreenCell {
  readonly character: string;
  readonly paint: Paint;
}

// deno-lint-ignore no-control-regex
const TOKEN_REGEXP = /\x1b\[([0-9;]*)([A-Za-z])|[\s\S]/gu;
/** What ends which: `22` bold and dim, `39` the colour. */
const ENDS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 31, 32, 33, 36],
  22: [1, 2],
  39: [31, 32, 33, 36],
};

/** As much of a terminal as the output needs: lines wrap at its width, `\r` goes to the beginning of the row, and a row can be erased. */
export class Terminal {
  readonly #columns: number;
  readonly #rows: ScreenCell[][] = [[]];
  #column = 0;
  #paint = new Set<number>();

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** @throws {TypeError} for a sequence that it does not know */
  write(text: string): void {
    for (const [token, parameters, command] of text.matchAll(TOKEN_REGEXP)) {
      if (command !== undefined) this.#control(command, parameters ?? "");
      else if (token === "\n") {
        this.#rows.push([]);
        this.#column = 0;
      } else if (token === "\r") this.#column = 0;
      else this.#put(token);
    }
  }

  /** The rows, from the top. */
  get rows(): readonly (readonly ScreenCell[])[] {
    return this.#rows;
  }

  /** The screen as text. */
  get text(): string {
    return this.#rows.map((row) => row.map(({ character }) => character).join("").trimEnd()).join("\n");
  }

  #put(character: string): void {
    if (this.#column === this.#columns) {
      this.#rows.push([]);
      this.#column = 0;
    }
    const row = this.#rows.at(-1) ?? [];
    while (row.length < this.#column) row.push({ character: " ", paint: new Set() });
    row[this.#column++] = { character, paint: new Set(this.#paint) };
  }

  #control(command: string, parameters: string): void {
    if (command === "K" && parameters === "2") this.#rows[this.#rows.length - 1] = [];
    else if (command === "m") { for (const code of parameters.split(";").map(Number)) this.#select(code); }
    else throw new TypeError(`Cannot show the sequence "${parameters}${command}" as nothing prints it`);
  }

  #select(code: number): void {
    const ended = ENDS[code];
    if (ended === undefined) this.#paint.add(code);
    else for (const other of ended) this.#paint.delete(other);
  }
}

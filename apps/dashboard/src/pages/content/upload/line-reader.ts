/** Cuts text that arrives in pieces into lines; the last one may lack its line end. */
export class LineReader {
  readonly #onLine: (line: string) => void;
  #rest = "";

  /** @param onLine told of every line that is not blank, in order */
  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#emit(line);
  }

  end(): void {
    this.#emit(this.#rest);
    this.#rest = "";
  }

  #emit(line: string): void {
    if (line.trim() !== "") this.#onLine(line);
  }
}

/** Where something stands in a text; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

type JsonScalar = string | number | boolean | null;

/** A value of a JSON text with its place. Objects keep their members in order, and those given twice. */
export type JsonNode = Place &
  ({ value: JsonScalar } | { items: JsonNode[] } | { members: JsonMember[] });

export interface JsonMember extends Place {
  key: string;
  node: JsonNode;
}

/** The text is no JSON: where, and what is wrong there. */
export class JsonTextError extends Error {
  override readonly name = "JsonTextError";
  readonly place: Place;

  constructor(message: string, place: Place) {
    super(message);
    this.place = place;
  }
}

/** Deeper than any configuration; the reader calls itself once per level. */
const MAX_DEPTH = 32;
const SPACE = /[\t\n\r ]*/y;
const TOKEN =
  /[{}[\]:,]|"[^"\\]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const WORD = /[\w.+-]+|[^]/uy;

/**
 * Reads JSON as `JSON.parse` does, and remembers where everything stands: a person who is told of a
 * mistake wants to know its line.
 *
 * @throws JsonTextError
 */
export function readJsonText(text: string): JsonNode {
  const reader = new JsonReader(text);
  const node = reader.value(0);
  reader.end();
  return node;
}

/** What `JSON.parse` makes of the same text. */
export function plainValue(node: JsonNode): unknown {
  if ("value" in node) return node.value;
  if ("items" in node) return node.items.map((item) => plainValue(item));
  return Object.fromEntries(node.members.map(({ key, node: each }) => [key, plainValue(each)]));
}

class JsonReader {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;
  #lineEnd: number;

  constructor(text: string) {
    this.#text = text;
    this.#lineEnd = endOfLine(text, 0);
  }

  value(depth: number): JsonNode {
    const place = this.#place();
    const token = this.#next("a value is needed here");
    if (depth > MAX_DEPTH) throw new JsonTextError("this is nested too deeply", place);
    switch (token) {
      case "{":
        return { ...place, members: this.#members(depth) };
      case "[":
        return { ...place, items: this.#items(depth) };
      case "}":
      case "]":
      case ":":
      case ",":
        throw new JsonTextError(`a value is needed here, not ${token}`, place);
      default:
        return { ...place, value: scalar(token) };
    }
  }

  end(): void {
    const place = this.#place();
    if (this.#at < this.#text.length) {
      throw new JsonTextError("nothing may follow the closing bracket", place);
    }
  }

  #members(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    if (this.#skip("}")) return members;
    do {
      const place = this.#place();
      const token = this.#next('a name in "quotes" is needed here');
      const key = token.startsWith('"') ? scalar(token) : undefined;
      if (typeof key !== "string") {
        throw new JsonTextError(`a name in "quotes" is needed here, not ${token}`, place);
      }
      this.#expect(":");
      members.push({ ...place, key, node: this.value(depth + 1) });
    } while (this.#hasMore("}"));
    return members;
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    if (this.#skip("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.#hasMore("]"));
    return items;
  }

  #hasMore(close: string): boolean {
    if (this.#skip(",")) return true;
    const place = this.#place();
    if (this.#skip(close)) return false;
    throw new JsonTextError(`a comma or ${close} is needed here`, place);
  }

  #expect(mark: string): void {
    const place = this.#place();
    if (!this.#skip(mark)) throw new JsonTextError(`a ${mark} is needed here`, place);
  }

  #skip(mark: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }

  #next(needed: string): string {
    this.#space();
    TOKEN.lastIndex = this.#at;
    const token = TOKEN.exec(this.#text)?.[0];
    // A newline or another control character in a text in quotes is the one thing the pattern takes.
    if (token === undefined || !isScalarOrMark(token)) {
      throw new JsonTextError(this.#complaint(needed), this.#place());
    }
    this.#at += token.length;
    return token;
  }

  /** What is wrong where no token begins. */
  #complaint(needed: string): string {
    WORD.lastIndex = this.#at;
    const word = WORD.exec(this.#text)?.[0];
    if (word === undefined) return `${needed}, and the text ends`;
    if (word === "/" || word === "#") return `${needed}; there are no comments in JSON`;
    if (word === '"') return "this text in quotes is not closed, or has a \\ too many";
    return `${needed}, not ${JSON.stringify(word.slice(0, 40))}`;
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }

  /** Where the next token stands. Counts on from the last place: each line is looked at once. */
  #place(): Place {
    this.#space();
    while (this.#lineEnd < this.#at) {
      this.#line += 1;
      this.#lineStart = this.#lineEnd + 1;
      this.#lineEnd = endOfLine(this.#text, this.#lineStart);
    }
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }
}

/** Where the newline after `start` is; the end of the text when there is none. */
function endOfLine(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end === -1 ? text.length : end;
}

function isScalarOrMark(token: string): boolean {
  if (!token.startsWith('"')) return true;
  try {
    JSON.parse(token);
    return true;
  } catch {
    return false;
  }
}

function scalar(token: string): JsonScalar {
  const value: unknown = JSON.parse(token);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  return null;
}

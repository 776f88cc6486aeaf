import { formatPath } from './config-path.ts';

/**
 * Finds the line of every key in a TOML text that already parsed: a walk over headers, keys and brackets that
 * relies on the text being valid. The parser itself reports lines only for syntax errors.
 */
export function locateTomlKeys(text: string): Map<string, number> {
  return new TomlWalk(text).run();
}

type Path = readonly (string | number)[];

class TomlWalk {
  private readonly text: string;
  private at = 0;
  private line = 1;
  private readonly lines = new Map<string, number>();
  /** How many `[[name]]` headers were seen, by formatted path. */
  private readonly arrayCounts = new Map<string, number>();

  constructor(text: string) {
    this.text = text;
  }

  run(): Map<string, number> {
    let table: Path = [];
    for (;;) {
      this.skipBlank(true);
      if (this.at >= this.text.length) return this.lines;
      if (this.peek() === '[') table = this.header();
      else this.keyValue(table);
    }
  }

  private peek(): string {
    return this.text[this.at] ?? '';
  }

  private advance(count = 1): void {
    for (let step = 0; step < count; step++) {
      if (this.text[this.at] === '\n') this.line++;
      this.at++;
    }
  }

  /** Skips blanks and, with `newlines`, comments and line ends. */
  private skipBlank(newlines: boolean): void {
    while (this.at < this.text.length) {
      const char = this.peek();
      if (char === ' ' || char === '\t' || char === '\uFEFF') this.advance();
      else if (newlines && (char === '\n' || char === '\r')) this.advance();
      else if (newlines && char === '#') {
        while (this.at < this.text.length && this.peek() !== '\n') this.advance();
      } else return;
    }
  }

  private header(): Path {
    this.advance();
    const isArray = this.peek() === '[';
    if (isArray) this.advance();
    const line = this.line;
    const segments = this.keySegments();
    this.skipBlank(false);
    this.advance(isArray ? 2 : 1);
    const parent = this.resolve(segments.slice(0, -1));
    const path = [...parent, segments.at(-1) ?? ''];
    if (!isArray) {
      this.note(path, line);
      return this.resolve(segments);
    }
    const name = formatPath(path);
    const count = this.arrayCounts.get(name) ?? 0;
    this.arrayCounts.set(name, count + 1);
    this.note(path, line);
    this.note([...path, count], line);
    return [...path, count];
  }

  /** Puts in the index of the latest element wherever a segment names an array of tables. */
  private resolve(segments: readonly string[]): Path {
    const path: (string | number)[] = [];
    for (const segment of segments) {
      path.push(segment);
      const count = this.arrayCounts.get(formatPath(path));
      if (count !== undefined) path.push(count - 1);
    }
    return path;
  }

  private keyValue(table: Path): void {
    const line = this.line;
    const segments = this.keySegments();
    const path = [...table, ...segments];
    for (let length = table.length + 1; length <= path.length; length++)
      this.note(path.slice(0, length), line);
    this.skipBlank(false);
    this.advance(); // the equals sign
    this.skipBlank(false);
    this.value(path);
  }

  private keySegments(): string[] {
    const segments: string[] = [];
    for (;;) {
      this.skipBlank(false);
      segments.push(this.keySegment());
      this.skipBlank(false);
      if (this.peek() !== '.') return segments;
      this.advance();
    }
  }

  private keySegment(): string {
    const quote = this.peek();
    const start = this.at;
    if (quote === '"' || quote === "'") {
      this.string();
      const raw = this.text.slice(start, this.at);
      return quote === '"' ? unescapeBasic(raw) : raw.slice(1, -1);
    }
    while (/[A-Za-z0-9_-]/.test(this.peek())) this.advance();
    // Never stands still, whatever the text is.
    if (this.at === start) this.advance();
    return this.text.slice(start, this.at);
  }

  private value(path: Path): void {
    const char = this.peek();
    if (char === '"' || char === "'") this.string();
    else if (char === '[') this.array(path);
    else if (char === '{') this.inlineTable(path);
    else while (this.at < this.text.length && !',]}\n\r#'.includes(this.peek())) this.advance();
  }

  private array(path: Path): void {
    this.advance();
    for (let index = 0; ; index++) {
      this.skipBlank(true);
      if (this.at >= this.text.length || this.peek() === ']') break;
      const start = this.at;
      this.note([...path, index], this.line);
      this.value([...path, index]);
      // Text that is not TOML must not hold the walk.
      if (this.at === start) this.advance();
      this.skipBlank(true);
      if (this.peek() === ',') this.advance();
    }
    this.advance();
  }

  private inlineTable(path: Path): void {
    this.advance();
    for (;;) {
      this.skipBlank(true);
      if (this.at >= this.text.length || this.peek() === '}') break;
      this.keyValue(path);
      this.skipBlank(true);
      if (this.peek() === ',') this.advance();
    }
    this.advance();
  }

  private string(): void {
    const quote = this.peek();
    const triple = this.text.startsWith(quote.repeat(3), this.at);
    const end = triple ? quote.repeat(3) : quote;
    this.advance(end.length);
    while (this.at < this.text.length && !this.text.startsWith(end, this.at)) {
      this.advance(quote === '"' && this.peek() === '\\' ? 2 : 1);
    }
    this.advance(end.length);
    // Up to two quotes may stand right before the closing three.
    while (triple && this.peek() === quote) this.advance();
  }

  private note(path: Path, line: number): void {
    const name = formatPath(path);
    if (!this.lines.has(name)) this.lines.set(name, line);
  }
}

/** A quoted key's text; an escape JSON does not know leaves it as written (only a line number is at stake). */
function unescapeBasic(raw: string): string {
  try {
    return String(JSON.parse(raw));
  } catch {
    return raw.slice(1, -1);
  }
}

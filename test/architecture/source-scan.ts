/**
 * Reads TypeScript without a parser (TypeScript 7 has no compiler API): blanks comments and strings so that rules
 * see only code, and finds the modules a file refers to.
 */

/** One reference from a file to another module. */
export interface Reference {
  readonly specifier: string;
  /** `url`: a `new URL('./x.ts', import.meta.url)`, how threads are started. */
  readonly kind: 'value' | 'type' | 'dynamic' | 'url';
  readonly line: number;
}

/** A source text prepared for the rules. */
export interface Scan {
  readonly lines: readonly string[];
  /** Same length as the source; comments and the contents of strings are spaces. */
  readonly code: string;
  /** Same length; only comments are spaces. */
  readonly codeAndStrings: string;
  readonly references: readonly Reference[];
}

const STATIC_IMPORT =
  /^[ \t]*(?:import|export)\b([^'";=()]*?)\bfrom\s*(['"])([^'"]+)\2|^[ \t]*import\s*(['"])([^'"]+)\4/gm;
const DYNAMIC_IMPORT = /\bimport\s*\(\s*(['"])([^'"]+)\1/g;
const MODULE_URL = /\bnew URL\(\s*(['"`])(\.{1,2}\/[^'"`]+?)\1\s*,\s*import\.meta\.url/g;
/** The helper for the same, which adds the ending. */
const SIBLING_MODULE = /\bsiblingModule\(\s*(['"])([^'"]+)\1/g;

/** Prepares a source text. */
export function scanSource(source: string): Scan {
  const { code, codeAndStrings } = blank(source);
  const references: Reference[] = [];
  const add = (specifier: string, kind: Reference['kind'], at: number): void => {
    references.push({ specifier, kind, line: lineAt(source, at) });
  };
  for (const match of codeAndStrings.matchAll(STATIC_IMPORT)) {
    // The keyword must be code, not the inside of a string.
    const keywordAt = match.index + match[0].search(/import|export/);
    if (code[keywordAt] === ' ') continue;
    const isType = /^\s*type\b/.test(match[1] ?? '') || isTypeOnlyList(match[1] ?? '');
    add(match[3] ?? match[5], isType ? 'type' : 'value', keywordAt);
  }
  for (const match of codeAndStrings.matchAll(DYNAMIC_IMPORT)) {
    if (code[match.index] !== ' ') add(match[2], 'dynamic', match.index);
  }
  for (const pattern of [MODULE_URL, SIBLING_MODULE]) {
    for (const match of codeAndStrings.matchAll(pattern)) {
      if (code[match.index] !== ' ') add(match[2], 'url', match.index);
    }
  }
  return { lines: source.split('\n'), code, codeAndStrings, references };
}

/** The line number, from 1, of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

function isTypeOnlyList(clause: string): boolean {
  const list = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1];
  if (list === undefined) return false;
  const names = list.split(',').map((name) => name.trim());
  return names.every((name) => name === '' || name.startsWith('type '));
}

/** Words after which a slash begins a regular expression, not a division. */
const BEFORE_REGEX =
  /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw))\s*$/;

function blank(source: string): { code: string; codeAndStrings: string } {
  const code = source.split('');
  const withStrings = source.split('');
  /** Brace depths at which a template's `${` was opened. */
  const templates: number[] = [];
  let depth = 0;
  let at = 0;
  const wipe = (to: number, isComment: boolean): void => {
    for (; at < to && at < source.length; at++) {
      if (source[at] === '\n') continue;
      code[at] = ' ';
      if (isComment) withStrings[at] = ' ';
    }
  };
  const template = (): void => {
    let end = at;
    while (end < source.length) {
      if (source[end] === '\\') end += 2;
      else if (source[end] === '`') return wipe(end + 1, false);
      else if (source.startsWith('${', end)) {
        wipe(end, false);
        at = end + 2;
        templates.push(depth++);
        return;
      } else end++;
    }
    wipe(source.length, false);
  };
  while (at < source.length) {
    const char = source[at];
    if (source.startsWith('//', at)) wipe(endOf(source, '\n', at), true);
    else if (source.startsWith('/*', at)) wipe(endOf(source, '*/', at + 2) + 2, true);
    else if (char === "'" || char === '"') wipe(endOfString(source, at), false);
    else if (char === '`') {
      code[at] = ' ';
      at++;
      template();
    } else if (char === '/' && BEFORE_REGEX.test(source.slice(Math.max(0, at - 40), at))) {
      wipe(endOfRegex(source, at), false);
    } else if (char === '}' && templates.at(-1) === depth - 1) {
      depth = templates.pop() ?? 0;
      at++;
      template();
    } else {
      if (char === '{') depth++;
      else if (char === '}') depth--;
      at++;
    }
  }
  return { code: code.join(''), codeAndStrings: withStrings.join('') };
}

function endOf(source: string, mark: string, from: number): number {
  const end = source.indexOf(mark, from);
  return end === -1 ? source.length : end;
}

function endOfString(source: string, from: number): number {
  const quote = source[from];
  let at = from + 1;
  while (at < source.length && source[at] !== quote && source[at] !== '\n') at += source[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfRegex(source: string, from: number): number {
  let isClass = false;
  for (let at = from + 1; at < source.length && source[at] !== '\n'; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === '[') isClass = true;
    else if (source[at] === ']') isClass = false;
    else if (source[at] === '/' && !isClass) return at + 1;
  }
  return from + 1;
}

import { parse } from 'smol-toml';
import type { z } from 'zod';
import { nearestWord, plainKey } from '../../core/nearest-word.ts';
import { docOf } from './config-schema.ts';
import { type ConfigPath, formatPath, isTable, schemaAt, schemaNode } from './config-path.ts';

/** Where a value came from. */
export type Origin =
  | { readonly layer: 'file'; readonly file: string; readonly line: number }
  | { readonly layer: 'env'; readonly variable: string }
  | { readonly layer: 'set'; readonly text: string }
  | { readonly layer: 'flag'; readonly flag: string };

/** One thing wrong with the configuration. */
export interface ConfigProblem {
  /** Formatted key path; empty when the problem is not at a key (an unreadable file). */
  readonly path: string;
  readonly message: string;
  readonly origin?: Origin;
}

/** The layers merged so far: raw values, and the origin of every leaf. Later layers win; tables merge, lists replace. */
export class ConfigLayers {
  readonly raw: Record<string, unknown> = {};
  readonly origins: Map<string, Origin> = new Map<string, Origin>();
  readonly problems: ConfigProblem[] = [];
  private readonly root: z.ZodType;
  private readonly fileLines = new Map<string, ReadonlyMap<string, number>>();

  constructor(root: z.ZodType) {
    this.root = root;
  }

  addFile(file: string, table: Record<string, unknown>, lines: ReadonlyMap<string, number>): void {
    this.fileLines.set(file, lines);
    this.merge(this.raw, table, [], (path) => ({
      layer: 'file',
      file,
      line: lines.get(formatPath(path)) ?? 1,
    }));
  }

  addValue(path: readonly string[], value: unknown, origin: Origin): void {
    let nested: unknown = value;
    for (const segment of path.toReversed()) nested = { [segment]: nested };
    this.merge(this.raw, nested as Record<string, unknown>, [], () => origin);
  }

  /** The text of an argument or environment variable as the value its key expects. */
  addText(path: readonly string[], text: string, origin: Origin): void {
    const schema = schemaAt(this.root, path);
    this.addValue(path, schema === null ? text : textToValue(schema, text), origin);
  }

  /** Resolves `A__B_C` to a path by ignoring case and separators; reports a problem and returns null when it names no key. */
  resolveVariable(variable: string, names: readonly string[]): string[] | null {
    const path: string[] = [];
    for (const name of names) {
      const schema = schemaAt(this.root, path);
      const node = schema === null ? null : schemaNode(schema);
      const existing = tableAt(this.raw, path);
      let segment: string | undefined;
      if (node?.shape !== undefined) {
        segment = Object.keys(node.shape).find((key) => plainKey(key) === plainKey(name));
        if (segment === undefined) {
          const near = nearestWord(name, Object.keys(node.shape));
          this.problems.push({
            path: formatPath(path),
            message: `no key for "${name}"${near === null ? '' : `; did you mean ${formatPath([...path, near])}?`}`,
            origin: { layer: 'env', variable },
          });
          return null;
        }
      } else {
        segment = Object.keys(existing).find((key) => plainKey(key) === plainKey(name));
        // Free keys: symbols are upper case, parameters are camelCase.
        segment ??= path[0] === 'risk' ? name.toUpperCase() : snakeToCamel(name);
      }
      path.push(segment);
    }
    return path;
  }

  /** The origin of a path, or of what contains it or is contained in it, with the most exact line known. */
  originOf(path: ConfigPath): Origin | undefined {
    for (let length = path.length; length > 0; length--) {
      const origin = this.origins.get(formatPath(path.slice(0, length)));
      if (origin === undefined) continue;
      if (origin.layer !== 'file') return origin;
      return { ...origin, line: this.lineIn(origin.file, path) ?? origin.line };
    }
    const prefix = formatPath(path);
    for (const [name, origin] of this.origins) {
      if (!name.startsWith(`${prefix}.`)) continue;
      return origin.layer === 'file'
        ? { ...origin, line: this.lineIn(origin.file, path) ?? origin.line }
        : origin;
    }
    return undefined;
  }

  private lineIn(file: string, path: ConfigPath): number | undefined {
    const lines = this.fileLines.get(file);
    for (let length = path.length; length > 0; length--) {
      const line = lines?.get(formatPath(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return undefined;
  }

  private merge(
    target: Record<string, unknown>,
    source: Record<string, unknown>,
    path: readonly string[],
    originAt: (path: ConfigPath) => Origin,
  ): void {
    for (const [name, value] of Object.entries(source)) {
      const here = [...path, name];
      const origin = originAt(here);
      if (name === '__proto__') {
        this.problems.push({ path: formatPath(here), message: 'unknown key', origin });
        continue;
      }
      const schema = schemaAt(this.root, here);
      if (schema !== null && docOf(schema)?.environmentOnly === true && origin.layer !== 'env') {
        this.problems.push({ path: formatPath(here), message: SECRET_MESSAGE, origin });
        continue;
      }
      const old = target[name];
      if (isTable(value) && (isTable(old) || old === undefined)) {
        const table = isTable(old) ? old : {};
        target[name] = table;
        if (Object.keys(value).length === 0) this.origins.set(formatPath(here), origin);
        this.merge(table, value, here, originAt);
        continue;
      }
      this.forget(formatPath(here));
      target[name] = value;
      this.origins.set(formatPath(here), origin);
    }
  }

  private forget(prefix: string): void {
    for (const name of this.origins.keys()) {
      if (name === prefix || name.startsWith(`${prefix}.`)) this.origins.delete(name);
    }
  }
}

/** Said of a key, secret or password found where it must not stand; `loadConfig` turns it into exit code 77. */
export const SECRET_MESSAGE: string =
  'secrets come from the environment, $CREDENTIALS_DIRECTORY or credentials.file, never from a config file or an argument';

/** How an origin is printed: `shrike.toml:12`, `$SHRIKE__SEED`, `--set seed=x`, `--seed`. */
export function formatOrigin(origin: Origin): string {
  switch (origin.layer) {
    case 'file':
      return `${origin.file}:${origin.line}`;
    case 'env':
      return `$${origin.variable}`;
    case 'set':
      return `--set ${origin.text}`;
    case 'flag':
      return origin.flag;
  }
}

function tableAt(raw: Record<string, unknown>, path: readonly string[]): Record<string, unknown> {
  let node: unknown = raw;
  for (const segment of path) node = isTable(node) ? node[segment] : undefined;
  return isTable(node) ? node : {};
}

function snakeToCamel(name: string): string {
  if (name !== name.toUpperCase()) return name;
  return name.toLowerCase().replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Reads text as what `schema` expects; text that does not fit is returned unchanged, for the schema to refuse. */
function textToValue(schema: z.ZodType, text: string): unknown {
  const node = schemaNode(schema);
  if (text === '' && node.isNullable) return null;
  switch (node.kind) {
    case 'number':
    case 'int':
      return /^[+-]?\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text.replaceAll('_', '')) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array':
      return listFromText(text, node.element);
    case 'union':
    case 'unknown':
    case 'object':
    case 'record':
      return tomlValue(text);
    default:
      return text;
  }
}

function listFromText(text: string, element: z.ZodType | undefined): unknown {
  if (text.trimStart().startsWith('[')) return tomlValue(text);
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (element === undefined ? part : textToValue(element, part)));
}

function tomlValue(text: string): unknown {
  try {
    const table = parse(`value = ${text}`);
    return Object.keys(table).length === 1 ? table['value'] : text;
  } catch {
    return text;
  }
}

import { stringify } from 'smol-toml';
import { z } from 'zod';
import type { LoadedConfig } from './config.ts';
import { formatOrigin } from './config-layers.ts';
import { type ConfigPath, formatPath, isTable, schemaAt, schemaNode } from './config-path.ts';
import { docOf, rootSchema } from './config-schema.ts';
import { columns } from '../cli/text-table.ts';

const REDACTED = '<redacted>';

/** A key as documentation prints it. */
export interface KeyRow {
  readonly path: readonly string[];
  readonly type: string;
  /** As TOML; null when the key has no default. */
  readonly fallback: string | null;
  readonly unit: string;
  readonly description: string;
  /** Not to stand in files. */
  readonly environmentOnly: boolean;
}

/** Every key of the schema, in the order of the schema. Keys of free tables (`risk.symbols.<symbol>`) are left out. */
export function keyRows(): KeyRow[] {
  const rows: KeyRow[] = [];
  walk(rootSchema, [], rows);
  return rows;
}

/** The reference table of `config schema`, one key per line, columns aligned. */
export function keyTable(): string {
  const lines = keyRows().map((row) => [
    formatPath(row.path),
    row.type,
    row.environmentOnly ? 'environment only' : (row.fallback ?? 'unset'),
    row.unit,
    row.description,
  ]);
  return columns([['KEY', 'TYPE', 'DEFAULT', 'UNIT', 'MEANING'], ...lines]);
}

/** A configuration file with every key commented out at its default. */
export function configTemplate(): string {
  const lines = [
    '# Shrike. Every key is at its default; remove the # to change one. `shrike config check` checks it.',
  ];
  let table = '';
  for (const row of keyRows()) {
    const parent = formatPath(row.path.slice(0, -1));
    if (parent !== table) {
      const description = docAt(row.path.slice(0, -1))?.description ?? '';
      lines.push('', `# ${description}`, `[${parent}]`);
      table = parent;
    }
    if (row.environmentOnly) continue;
    const unit = row.unit === '' ? '' : ` (${row.unit})`;
    lines.push(`# ${row.description}${unit} Type: ${row.type}.`);
    lines.push(`# ${row.path.at(-1)} = ${row.fallback ?? '"" # unset'}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The configuration in force as TOML, redacted, with the origin of each value that is not a default. */
export function resolvedToml(loaded: LoadedConfig): string {
  const lines: string[] = [];
  const root = redacted(loaded.config) as Record<string, unknown>;
  tomlTable(root, [], loaded, lines);
  return lines.join('\n');
}

/** A copy in which every value whose key is marked secret is replaced. */
export function redacted(config: object): object {
  return redactNode(config, []) as object;
}

/** JSON Schema of the configuration file, for editors. */
export function jsonSchema(): object {
  return z.toJSONSchema(rootSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: json }) => {
      const doc = docOf(zodSchema as unknown as z.ZodType);
      if (doc === undefined) return;
      json.description = doc.unit === undefined ? doc.description : `${doc.description} Unit: ${doc.unit}.`;
    },
  });
}

function docAt(path: ConfigPath): ReturnType<typeof docOf> {
  const schema = schemaAt(rootSchema, path);
  return schema === null ? undefined : docOf(schema);
}

function walk(schema: z.ZodType, path: readonly string[], rows: KeyRow[]): void {
  const { shape } = schemaNode(schema);
  if (shape !== undefined) {
    // A table's own keys come before its tables, as TOML wants it.
    const entries = Object.entries(shape).sort(
      (left, right) => Number(isSection(left[1])) - Number(isSection(right[1])),
    );
    for (const [name, child] of entries) walk(child, [...path, name], rows);
    return;
  }
  const doc = docOf(schema);
  const fallback = defaultOf(schema);
  rows.push({
    path,
    type: typeText(schema),
    fallback: fallback === undefined || fallback === null ? null : tomlText(fallback),
    unit: doc?.unit ?? '',
    description: doc?.description ?? '',
    environmentOnly: doc?.environmentOnly === true,
  });
}

function isSection(schema: z.ZodType): boolean {
  return schemaNode(schema).shape !== undefined;
}

function defaultOf(schema: z.ZodType): unknown {
  const parsed = schema.safeParse(undefined);
  return parsed.success ? parsed.data : undefined;
}

function typeText(schema: z.ZodType): string {
  const node = schemaNode(schema);
  switch (node.kind) {
    case 'enum':
      return (node.words ?? []).join('|');
    case 'array':
      return `list of ${node.element === undefined ? 'values' : typeText(node.element)}`;
    case 'object':
    case 'record':
      return 'table';
    case 'union':
      return 'boolean|list of CPUs';
    default:
      return node.kind;
  }
}

function redactNode(value: unknown, path: readonly string[]): unknown {
  if (docAt(path)?.secret === true && value !== null && value !== undefined) return REDACTED;
  if (!isTable(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name, redactNode(child, [...path, name])]),
  );
}

function tomlTable(
  table: Record<string, unknown>,
  path: readonly string[],
  loaded: LoadedConfig,
  lines: string[],
): void {
  const entries = Object.entries(table);
  const isOwnTable = (name: string, value: unknown): boolean => isTable(value) && !isInline([...path, name]);
  const values = entries.filter(([name, value]) => !isOwnTable(name, value));
  if (path.length > 0 && values.length > 0) lines.push('', `[${formatPath(path)}]`);
  for (const [name, value] of values) {
    const here = [...path, name];
    const origin = originNote(here, value, loaded);
    const key = formatPath([name]);
    lines.push(value === null ? `# ${key} is unset` : `${key} = ${tomlText(value)}${origin}`);
  }
  for (const [name, value] of entries) {
    if (isOwnTable(name, value)) tomlTable(value as Record<string, unknown>, [...path, name], loaded, lines);
  }
}

/** Free tables are printed in one line: their keys have no schema of their own. */
function isInline(path: ConfigPath): boolean {
  const schema = schemaAt(rootSchema, path);
  return schema === null || schemaNode(schema).shape === undefined;
}

function originNote(path: readonly string[], value: unknown, loaded: LoadedConfig): string {
  const exact = loaded.origins.get(formatPath(path));
  if (exact !== undefined) return ` # ${formatOrigin(exact)}`;
  if (!isTable(value)) return '';
  const prefix = `${formatPath(path)}.`;
  const found = [...loaded.origins]
    .filter(([name]) => name.startsWith(prefix))
    .map(([, origin]) => formatOrigin(origin));
  return found.length === 0 ? '' : ` # ${[...new Set(found)].join(', ')}`;
}

/** A value in one line of TOML. */
function tomlText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(tomlText).join(', ')}]`;
  if (isTable(value)) {
    const members = Object.entries(value).map(
      ([name, child]) => `${formatPath([name])} = ${tomlText(child)}`,
    );
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  }
  return stringify({ v: value }).trim().slice('v = '.length);
}

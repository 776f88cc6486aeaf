import { parse } from 'smol-toml';
import type { z } from 'zod';

/** A place in the configuration: keys and array indices. */
export type ConfigPath = readonly (string | number)[];

const BARE_KEY = /^[A-Za-z0-9_-]+$/;
/** A segment with letters beyond ASCII that stands without quotes: TOML wants them, people do not write them. */
// oxlint-disable-next-line no-control-regex -- the range is ASCII
const NOT_BARE = /(?<=^|\.)[^".'\s]*[^\x00-\x7F".'\s][^".'\s]*(?=\.|$)/g;

/** A path as people write it: `venues.NAME.endpoints.rest`, `symbols[1]`. Also the key of origin and line maps. */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else text += (text === '' ? '' : '.') + (BARE_KEY.test(segment) ? segment : JSON.stringify(segment));
  }
  return text;
}

/** Reads a dotted key in TOML's own grammar (quotes allowed, and not needed beyond ASCII); null when it is not one. */
export function parseDottedKey(text: string): string[] | null {
  let node: unknown;
  try {
    // A newline in the text would let more than one key through.
    if (/[\n\r=#]/.test(text)) return null;
    node = parse(`${text.replaceAll(NOT_BARE, (segment) => JSON.stringify(segment))} = 0`);
  } catch {
    return null;
  }
  const path: string[] = [];
  while (isTable(node)) {
    const name: string | undefined = Object.keys(node)[0];
    if (name === undefined) return null;
    path.push(name);
    node = node[name];
  }
  return path;
}

/** True for a TOML table: an object that is neither array nor date. */
export function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** What a schema node is once defaults, nullability and pre-processing are peeled off. */
export interface SchemaNode {
  readonly kind: string;
  /** Keys of an object node. */
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  /** Value type of a record node. */
  readonly value?: z.ZodType;
  /** Element type of an array node. */
  readonly element?: z.ZodType;
  /** Words of an enum node. */
  readonly words?: readonly string[];
  readonly isNullable: boolean;
}

interface AnyDef {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly out?: z.ZodType;
  readonly shape?: Record<string, z.ZodType>;
  readonly valueType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly entries?: Record<string, string>;
}

/** Peels a schema down to the node that says what values look like. */
export function schemaNode(schema: z.ZodType): SchemaNode {
  let current = schema;
  let isNullable = false;
  for (;;) {
    const def = current.def as unknown as AnyDef;
    if (def.type === 'nullable') isNullable = true;
    const inner = def.innerType ?? (def.type === 'pipe' ? def.out : undefined);
    if (inner !== undefined) {
      current = inner;
      continue;
    }
    return {
      kind: def.type,
      isNullable,
      ...(def.shape === undefined ? {} : { shape: def.shape }),
      ...(def.valueType === undefined ? {} : { value: def.valueType }),
      ...(def.element === undefined ? {} : { element: def.element }),
      ...(def.entries === undefined ? {} : { words: Object.values(def.entries) }),
    };
  }
}

/** The schema at `path`, or null where the schema has no such key. */
export function schemaAt(root: z.ZodType, path: ConfigPath): z.ZodType | null {
  let current = root;
  for (const segment of path) {
    const node = schemaNode(current);
    const next: z.ZodType | undefined =
      typeof segment === 'number'
        ? node.element
        : (node.value ??
          (node.shape !== undefined && Object.hasOwn(node.shape, segment) ? node.shape[segment] : undefined));
    if (next === undefined) return null;
    current = next;
  }
  return current;
}

import { z } from 'zod';
import { symbolProblem } from '../../core/symbol-text.ts';
import { CONFIG_KEYS } from './config-keys.ts';
import type { EngineConfig } from './config-types.ts';
import { partProblems } from './part-problems.ts';
import type { KeyDecl, KeyDecls, SectionDecl, ValueKind } from './key-kinds.ts';

/** What a declaration says about a key beside its type: read by `config schema`, redaction and the error messages. */
export interface KeyDoc {
  readonly description: string;
  readonly unit?: string;
  readonly secret?: true;
  readonly environmentOnly?: true;
}

const docs = new WeakMap<z.ZodType, KeyDoc>();

/** The description of a schema node, or undefined for a node without one (sections' inner wrappers). */
export function docOf(schema: z.ZodType): KeyDoc | undefined {
  return docs.get(schema);
}

/** The schema of a table of declared keys. Strict: an unknown key is an error. */
export function tableSchema(keys: KeyDecls): z.ZodObject {
  return z.strictObject(mapValues(keys, (decl) => ('keys' in decl ? sectionSchema(decl) : keySchema(decl))));
}

/** A table whose keys all have defaults, so it may be left out. */
function sectionSchema(section: SectionDecl): z.ZodType {
  return documented(tableSchema(section.keys).prefault({} as never), { description: section.text });
}

function keySchema(decl: KeyDecl): z.ZodType {
  const plain = valueSchema(decl);
  const fallback = decl.default;
  const schema =
    fallback === undefined
      ? plain.optional()
      : fallback === null
        ? plain.nullable().default(null)
        : plain.default(fallback as never);
  return documented(schema, docFrom(decl));
}

function docFrom({ text, unit, secret, environmentOnly }: KeyDecl): KeyDoc {
  return {
    description: text,
    ...(unit === undefined ? {} : { unit }),
    ...(secret === undefined ? {} : { secret }),
    ...(environmentOnly === undefined ? {} : { environmentOnly }),
  };
}

/** Attaches a description; must be the outermost call, since zod's wrappers are new objects. */
function documented(schema: z.ZodType, doc: KeyDoc): z.ZodType {
  docs.set(schema, doc);
  return schema;
}

function valueSchema(kind: ValueKind): z.ZodType {
  switch (kind.is) {
    case 'int':
      return z.int().min(kind.min).max(kind.max);
    case 'number':
      return numberSchema(kind.min, kind.above, kind.max);
    case 'boolean':
      return z.boolean();
    case 'choice':
      return z.enum(kind.of as [string, ...string[]]);
    case 'text':
      return kind.pattern === undefined
        ? z.string().min(1)
        : z.string().regex(new RegExp(`^${kind.pattern}$`), { error: kind.expected });
    case 'url':
      return urlSchema(kind.protocols);
    case 'list':
      return listSchema(
        'keys' in kind.of ? sectionSchema(kind.of) : valueSchema(kind.of),
        kind.min,
        kind.max,
      );
    case 'mapBySymbol':
      return z.record(symbol, z.strictObject(mapValues(kind.of, optionalKey)));
    case 'decimal':
      return decimal;
    case 'share':
      return share;
    case 'symbol':
      return symbol;
    case 'cpus':
      return z.union([z.boolean(), z.array(z.int().min(0).max(CPU_MAX)).min(1)]);
    case 'anything':
      return z.record(z.string(), z.unknown());
  }
}

const CPU_MAX = 1_023;

function optionalKey(decl: KeyDecl | SectionDecl): z.ZodType {
  if ('keys' in decl) return sectionSchema(decl);
  const { default: _general, ...rest } = decl;
  return keySchema(rest);
}

function numberSchema(min: number | undefined, above: number | undefined, max: number): z.ZodType {
  let schema = z.number();
  if (min !== undefined) schema = schema.min(min);
  if (above !== undefined) schema = schema.gt(above);
  return schema.max(max);
}

function listSchema(element: z.ZodType, min: number | undefined, max: number | undefined): z.ZodType {
  let schema = z.array(element);
  if (min !== undefined) schema = schema.min(min);
  if (max !== undefined) schema = schema.max(max);
  return schema;
}

const DECIMAL = /^(?:0|[1-9]\d*)(?:\.\d+)?$/;
const DECIMAL_MESSAGE = 'expected a decimal number without sign or exponent, such as "0.001"';

const SHARE = /^(?:0|[1-9]\d*)(?:\.\d+)?%?$/;
const SHARE_MESSAGE =
  'expected a decimal number without sign or exponent, or a percentage, such as "500" or "5%"';

/** Text of digits; a TOML number is taken too while it prints without an exponent and is exact to read. */
function digitsSchema(pattern: RegExp, message: string): z.ZodType {
  return z.preprocess(
    (value) => (typeof value === 'number' && Math.abs(value) < 1e15 ? String(value) : value),
    z.string({ error: message }).regex(pattern, { error: message }),
  );
}

const decimal: z.ZodType = digitsSchema(DECIMAL, DECIMAL_MESSAGE);
const share: z.ZodType = digitsSchema(SHARE, SHARE_MESSAGE);

const symbol: z.ZodString = z.string().check(({ value, issues }) => {
  const message = symbolProblem(value);
  if (message !== null) issues.push({ code: 'custom', message, input: value });
});

function urlSchema(protocols: readonly string[]): z.ZodType {
  return z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `expected a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });
}

function mapValues<T, R>(table: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, map(value)]));
}

/** The schema of a whole configuration. */
export const rootSchema: z.ZodType = tableSchema(CONFIG_KEYS);

/** Checks between keys, run when each key alone is right. Yields the path the message belongs to. */
export function crossChecks(config: EngineConfig): { path: (string | number)[]; message: string }[] {
  const found: { path: (string | number)[]; message: string }[] = [];
  const { moderateFrom, strongFrom } = config.signals.orderFlow;
  if (moderateFrom > strongFrom)
    found.push({ path: ['signals', 'orderFlow', 'moderateFrom'], message: 'must not be above strongFrom' });
  for (const [name, venueConfig] of Object.entries(config.venues)) {
    const { endpoints, reconnectMinMs, reconnectMaxMs } = venueConfig;
    if (reconnectMinMs > reconnectMaxMs) {
      found.push({ path: ['venues', name, 'reconnectMinMs'], message: 'must not be above reconnectMaxMs' });
    }
    const missing = (['rest', 'stream', 'wsApi'] as const).filter((part) => endpoints[part] === null);
    if (missing.length > 0 && missing.length < 3) {
      found.push({
        path: ['venues', name, 'endpoints'],
        message: `set all three addresses; missing: ${missing.join(', ')}`,
      });
    }
  }
  return [...found, ...partProblems(config)];
}

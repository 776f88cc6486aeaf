import { posix } from 'node:path';
import type { Reference, Scan } from './source-scan.ts';

/** A file of the project: its path from the root, with slashes, and its text prepared for the rules. */
export interface SourceFile {
  readonly path: string;
  readonly scan: Scan;
}

/** A broken rule. */
export interface Violation {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Stage folders: each may use the base, the actor contract and other stages' models, never their actors. */
const STAGES = ['market-data', 'book', 'strategy', 'risk', 'execution', 'analysis', 'journal', 'api'].map(
  (name) => `engine/${name}`,
);

/** Pure files of a stage that every other stage may read: data and ports, no actors. */
export const MODEL_FILES: ReadonlySet<string> = new Set([
  'engine/market-data/feed-port.ts',
  'engine/book/l2-book.ts',
  'engine/book/shared-book.ts',
  'engine/book/shared-prices.ts',
  'engine/strategy/port.ts',
  'engine/risk/breakers.ts',
  'engine/risk/positions.ts',
  'engine/risk/trading-state.ts',
  'engine/execution/venue-port.ts',
  'engine/execution/order-table.ts',
  'engine/execution/venue-id-reader.ts',
  'engine/analysis/bars.ts',
  'engine/analysis/bias-frame.ts',
  'engine/journal/crc32c.ts',
]);

/** Folders of such files. */
const MODEL_FOLDERS = ['engine/analysis/indicators', 'engine/strategy/signals'];

/** What strategies are written against. */
const PUBLIC_API = 'engine/strategy/port.ts';
/** The ports adapters implement, the counters and error numbers their decoders report by, the recordings they read. */
const PORTS: ReadonlySet<string> = new Set([
  'engine/market-data/feed-port.ts',
  'engine/market-data/counters.ts',
  'engine/market-data/error-codes.ts',
  'engine/market-data/capture-error.ts',
  'engine/market-data/capture-file.ts',
  'engine/execution/venue-port.ts',
  'engine/analysis/bars/candle-port.ts',
]);
/** What every venue is made of; it imports none of them. */
const VENUE_KIT = 'adapters/venue-kit';
/** What the venues of one house share, by house: `adapters/<house>-kit` for `adapters/<house>-...`. */
const HOUSE_KIT = /^adapters\/([a-z]+)-kit\//;
/** Files of the native room that deal in addresses and signatures: for the room itself. */
const NATIVE_INSIDE: ReadonlySet<string> = new Set(
  ['foreign', 'foreign-memory', 'libc', 'libuv', 'loop-watch', 'openssl', 'self-test', 'tls-context'].map(
    (name) => `engine/native/${name}.ts`,
  ),
);
const ACTOR_CONTRACT = /^engine\/runtime\/actor(?:-[a-z-]+)?\.ts$/;

const isIn = (path: string, ...folders: readonly string[]): boolean =>
  folders.some((folder) => path.startsWith(`${folder}/`));

/** The table of design section 9: may `from` refer to `to`? Both are project files. */
function isImportAllowed(from: string, to: string): boolean {
  if (isIn(from, 'test', 'bench', '.ci') || !from.includes('/')) return true;
  if (NATIVE_INSIDE.has(to) && !isIn(from, 'engine/native')) return false;
  if (isIn(from, 'engine/app')) return isIn(to, 'engine', 'adapters');
  if (isIn(from, 'engine/core')) return isIn(to, 'engine/core');
  if (isIn(from, 'engine/native')) return isIn(to, 'engine/native', 'engine/core');
  if (isIn(from, 'engine/ipc')) return isIn(to, 'engine/ipc', 'engine/core');
  if (isIn(from, 'engine/messages')) return isIn(to, 'engine/messages', 'engine/core');
  if (isIn(from, 'engine/runtime'))
    return isIn(to, 'engine/runtime', 'engine/core', 'engine/ipc', 'engine/native');
  const isMessaging = isIn(to, 'engine/core', 'engine/ipc', 'engine/messages');
  if (isIn(from, 'engine/control')) return isMessaging || isIn(to, 'engine/control');
  const isBase = isMessaging || isIn(to, 'engine/control');
  const stage = STAGES.find((folder) => isIn(from, folder));
  const isModel = MODEL_FILES.has(to) || isIn(to, ...MODEL_FOLDERS);
  const isNative = isIn(to, 'engine/native') && stage === 'engine/journal';
  if (stage !== undefined) return isBase || isIn(to, stage) || ACTOR_CONTRACT.test(to) || isModel || isNative;
  if (isIn(from, 'strategies')) return to === PUBLIC_API || isIn(to, 'strategies');
  if (isIn(from, 'adapters')) {
    const own = from.split('/').slice(0, 2).join('/');
    // The kit knows no venue, and the sockets know no kit.
    const isShared = isIn(to, 'adapters/net') || (isIn(to, VENUE_KIT) && !isIn(from, 'adapters/net'));
    const house = HOUSE_KIT.exec(to)?.[1];
    const isHouse = house !== undefined && house !== 'venue' && own.startsWith(`adapters/${house}-`);
    return isBase || PORTS.has(to) || isIn(to, own, 'engine/native') || isShared || isHouse;
  }
  return false;
}

/** Checks every reference against the table; core and strategies take no packages either. */
export function importViolations(files: readonly SourceFile[]): Violation[] {
  const known = new Set(files.map((file) => file.path));
  const found: Violation[] = [];
  for (const file of files) {
    for (const reference of file.scan.references) {
      const to = resolveReference(file.path, reference, known);
      const message = referenceProblem(file.path, reference, to);
      if (message !== null) found.push({ rule: 'imports', path: file.path, line: reference.line, message });
    }
  }
  return found;
}

function referenceProblem(from: string, reference: Reference, to: string | null): string | null {
  const { specifier } = reference;
  if (to === null) {
    if (isIn(from, 'engine/core')) return `core imports nothing, not even ${specifier}`;
    if (isIn(from, 'strategies')) return `strategies use the public API only, not ${specifier}`;
    return null;
  }
  if (specifier.startsWith('.') && !/\.[cm]?ts$|\.json$/.test(specifier) && reference.kind !== 'url') {
    return `write the ending: ${specifier}.ts`;
  }
  return isImportAllowed(from, to) ? null : `${from} may not use ${to}`;
}

/** The project file a reference means, or null for a package, a built-in, or a path that is no source file. */
export function resolveReference(
  from: string,
  reference: Reference,
  known: ReadonlySet<string>,
): string | null {
  const { specifier } = reference;
  if (specifier === 'shrike/strategy') return PUBLIC_API;
  if (!specifier.startsWith('.')) return null;
  // An address may end in an expression that chooses .ts or .js.
  const path = posix.join(posix.dirname(from), specifier.replace(/\.?\$\{[^}]*\}$/, '.ts'));
  if (known.has(path)) return path;
  return known.has(`${path}.ts`) ? `${path}.ts` : null;
}

/** Cycles over static imports, types included: a cycle of types is still two nouns that cannot be read apart. */
export function cycleViolations(files: readonly SourceFile[]): Violation[] {
  const known = new Set(files.map((file) => file.path));
  const edges = new Map<string, string[]>();
  for (const file of files) {
    const targets = file.scan.references
      .filter((reference) => reference.kind === 'value' || reference.kind === 'type')
      .map((reference) => resolveReference(file.path, reference, known))
      .filter((to): to is string => to !== null);
    edges.set(file.path, targets);
  }
  const found: Violation[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      const cycle = [...trail.slice(trail.indexOf(path)), path];
      found.push({ rule: 'cycles', path, line: 1, message: cycle.join(' -> ') });
      return;
    }
    state.set(path, 'open');
    for (const to of edges.get(path) ?? []) visit(to, [...trail, path]);
    state.set(path, 'done');
  };
  for (const file of files) visit(file.path, []);
  return found;
}

/** Product files that nothing the product or its benches start leads to. A test alone keeps nothing alive. */
export function deadFileViolations(files: readonly SourceFile[], roots: readonly string[]): Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const known = new Set(byPath.keys());
  const reached = new Set<string>();
  const queue = roots.filter((root) => known.has(root));
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const reference of byPath.get(path)?.scan.references ?? []) {
      const to = resolveReference(path, reference, known);
      if (to !== null) queue.push(to);
    }
  }
  return files
    .filter((file) => isIn(file.path, 'engine', 'adapters', 'strategies') && !reached.has(file.path))
    .map((file) => ({
      rule: 'dead files',
      path: file.path,
      line: 1,
      message: 'nothing leads here from the product',
    }));
}

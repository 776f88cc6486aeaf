import type { SourceFile, Violation } from './import-rules.ts';
import { lineAt } from './source-scan.ts';

/** Where a pattern must not stand, and why. `in` and `except` are path beginnings. */
interface Ban {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly in: readonly string[];
  readonly except: readonly string[];
  readonly why: string;
  /** Only in files that begin with `// hot path`. */
  readonly isHotOnly?: true;
}

const PRODUCT = ['engine/', 'adapters/', 'strategies/'];
const CODE = [...PRODUCT, 'bench/', 'test/', '.ci/'];
/** Folders whose behaviour must follow from messages alone. Adapters, the api and app live in real time. */
const TIMELESS = [
  'engine/core/',
  'engine/ipc/',
  'engine/messages/',
  'engine/market-data/',
  'engine/book/',
  'engine/strategy/',
  'engine/risk/',
  'engine/execution/',
  'engine/analysis/',
  'engine/journal/',
  'strategies/',
];

const BANS: readonly Ban[] = [
  {
    rule: 'clock',
    pattern: /\bDate\.now\b|\bperformance\.now\b|\bprocess\.hrtime\b|\bnew Date\(\)/g,
    in: ['engine/', 'strategies/'],
    except: ['engine/core/clock.ts'],
    why: 'only engine/core/clock.ts reads time',
  },
  {
    rule: 'randomness',
    pattern: /\bMath\.random\b/g,
    in: PRODUCT,
    except: ['engine/core/prng.ts'],
    why: 'only engine/core/prng.ts makes randomness',
  },
  {
    rule: 'timers',
    pattern: /\b(?:setTimeout|setInterval|setImmediate)\b/g,
    in: TIMELESS,
    except: [],
    why: 'time comes through the duty cycle',
  },
  {
    rule: 'threads',
    pattern: /\bnew Worker\b/g,
    in: PRODUCT,
    except: ['engine/runtime/', 'engine/app/', 'adapters/sim/'],
    why: 'actors do not spawn; the composition root does',
  },
  {
    rule: 'console',
    pattern: /\bconsole\./g,
    in: PRODUCT,
    except: [],
    why: 'stdout carries results; use the log or engine/app/cli/output.ts',
  },
  {
    rule: 'hot path',
    pattern: /\bJSON\.|\bBigInt\(|\b\d+n\b/g,
    in: PRODUCT,
    except: [],
    isHotOnly: true,
    why: 'allocates on the hot path',
  },
  {
    rule: 'enum',
    pattern: /\benum\s+[A-Za-z_$]/g,
    in: CODE,
    except: [],
    why: 'not erasable; use an `as const` object',
  },
  {
    rule: 'default export',
    pattern: /\bexport\s+default\b|\bas\s+default\b/g,
    in: CODE,
    except: [],
    why: 'named exports only',
  },
  {
    rule: 'left-over',
    pattern: /\b(?:describe|it|test)\.only\b/g,
    in: ['test/'],
    except: [],
    why: 'hides other tests',
  },
];

/** `// arch-ok: reason` on the line or the one before it takes responsibility for an exception. */
const ESCAPE = /\/\/ arch-ok: \S.{7,}/;

/** Drops violations whose line carries an escape. */
export function withoutEscaped(violations: readonly Violation[], files: readonly SourceFile[]): Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  return violations.filter(({ path, line }) => {
    const lines = byPath.get(path)?.scan.lines ?? [];
    return !ESCAPE.test(lines[line - 1] ?? '') && !/^\s*\/\/ arch-ok: \S.{7,}/.test(lines[line - 2] ?? '');
  });
}

/** Calls and words that must not stand where they stand. */
export function bannedViolations(files: readonly SourceFile[]): Violation[] {
  const found: Violation[] = [];
  for (const file of files) {
    const isHot = (file.scan.lines[0] ?? '').startsWith('// hot path');
    for (const ban of BANS) {
      if (ban.isHotOnly === true && !isHot) continue;
      if (!startsWithAny(file.path, ban.in) || startsWithAny(file.path, ban.except)) continue;
      for (const match of file.scan.code.matchAll(ban.pattern)) {
        const line = lineAt(file.scan.code, match.index);
        found.push({ rule: ban.rule, path: file.path, line, message: `${match[0]}: ${ban.why}` });
      }
    }
  }
  return found;
}

/** Files longer than this are split. */
const FILE_LINES_MAX = 500;
/** oxfmt wraps code at 110; comments and long strings are held to this. */
const LINE_CHARS_MAX = 140;

/** Length, names and line widths. `grown` lists files that may be longer for now, with the length they must not pass. */
export function shapeViolations(
  files: readonly SourceFile[],
  grown: Readonly<Record<string, number>>,
): Violation[] {
  const found: Violation[] = [];
  const add = (path: string, line: number, message: string): void => {
    found.push({ rule: 'shape', path, line, message });
  };
  for (const { path, scan } of files) {
    const count = scan.lines.length;
    const isGenerated = /\bgenerated\b/i.test(scan.lines[0] ?? '');
    const limit = grown[path] ?? FILE_LINES_MAX;
    if (count > limit && !isGenerated) add(path, 1, `${count} lines, at most ${limit}: one noun per file`);
    if (grown[path] !== undefined && count <= FILE_LINES_MAX)
      add(path, 1, 'has shrunk: take it off the list');
    if (!/^[a-z0-9]+(?:[-.][a-z0-9]+)*\.ts$/.test(path.split('/').at(-1) ?? ''))
      add(path, 1, 'names are kebab-case');
    scan.lines.forEach((text, index) => {
      if (text.length > LINE_CHARS_MAX)
        add(path, index + 1, `${text.length} characters, at most ${LINE_CHARS_MAX}`);
    });
  }
  return found;
}

/** Where the machine of one person shows. Assembled, so that this file passes its own rule. */
const MACHINE_PATH = new RegExp(
  String.raw`(?<![\w.])/(?:${['work', 'root', 'tmp', 'home/\\w+', 'Users/\\w+'].join('|')})/`,
);
const REGISTRY_HOST = new RegExp(
  ['registry', String.raw`[\w-]+`, '(?:org|com|net|io|dev|local)'].join(String.raw`\.`) +
    String.raw`|https?://[\w.-]*(?:nexus|artifactory|verdaccio)`,
);

/** Committed text must not name one machine's folders or a package registry. Takes any text file, by lines. */
export function machineViolations(path: string, text: string): Violation[] {
  const found: Violation[] = [];
  text.split('\n').forEach((line, index) => {
    if (ESCAPE.test(line)) return;
    const match = MACHINE_PATH.exec(line) ?? REGISTRY_HOST.exec(line);
    if (match !== null) found.push({ rule: 'machine', path, line: index + 1, message: `names ${match[0]}` });
  });
  return found;
}

interface Manifest {
  readonly engines?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Exact versions, a Node that strips types, the scripts the README and CI call. */
export function manifestViolations(manifest: Manifest): Violation[] {
  const found: Violation[] = [];
  const add = (message: string): void => {
    found.push({ rule: 'manifest', path: 'package.json', line: 1, message });
  };
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'] as const) {
    for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
      if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)) add(`${name} ${version}: pin the exact version`);
    }
  }
  const least = /^>=(\d+)/.exec(manifest.engines?.['node'] ?? '')?.[1];
  if (least === undefined || Number(least) < 24)
    add('engines.node must ask for >=24: .ts files are run as they are');
  for (const name of ['start', 'shrike', 'test', 'check', 'build']) {
    if (manifest.scripts?.[name] === undefined) add(`the script "${name}" is missing`);
  }
  return found;
}

function startsWithAny(path: string, beginnings: readonly string[]): boolean {
  return beginnings.some((beginning) => path.startsWith(beginning));
}

import { venueOf } from '../venues/venue-registry.ts';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { TomlError, parse } from 'smol-toml';
import type { z } from 'zod';
import {
  ConfigLayers,
  type ConfigProblem,
  formatOrigin,
  type Origin,
  SECRET_MESSAGE,
} from './config-layers.ts';
import { type ConfigPath, formatPath, parseDottedKey, schemaAt, schemaNode } from './config-path.ts';
import { crossChecks, docOf, rootSchema } from './config-schema.ts';
import type { EngineConfig } from './config-types.ts';
import { enginePartsOf } from './engine-parts.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { nearestWord } from '../../core/nearest-word.ts';
import { locateTomlKeys } from './toml-lines.ts';

/** A value given by a command-line flag of its own, such as `--seed`. */
export interface FlagValue {
  readonly flag: string;
  readonly path: readonly string[];
  /** Text is read as the key expects; anything else is taken as it is. */
  readonly value: unknown;
}

/** The layers above the defaults, lowest first. */
export interface ConfigSources {
  readonly files?: readonly string[];
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `--set a.b=c`. */
  readonly sets?: readonly string[];
  readonly flags?: readonly FlagValue[];
}

/** A valid configuration and where its non-default values came from. */
export interface LoadedConfig {
  readonly config: EngineConfig;
  /** Origin by formatted key path; keys at their default are absent. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** Things that are allowed and probably not meant. */
  readonly warnings: readonly string[];
}

/** The configuration is wrong; carries every problem, not only the first. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError';
  readonly code: 'CONFIG_INVALID' | 'SECRET_IN_CONFIG';
  readonly exitCode: number;
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
    // A leaked secret needs other hands than a typo; anything else wrong makes it a configuration error.
    const isSecretOnly = problems.every((problem) => problem.message === SECRET_MESSAGE);
    this.code = isSecretOnly ? 'SECRET_IN_CONFIG' : 'CONFIG_INVALID';
    this.exitCode = isSecretOnly ? EXIT.credentials : EXIT.config;
  }
}

/** One line of text per problem: where, which key, what. */
function formatProblem(problem: ConfigProblem): string {
  const where = problem.origin === undefined ? '' : `${formatOrigin(problem.origin)}: `;
  return `${where}${problem.path === '' ? '' : `${problem.path}: `}${problem.message}`;
}

const ENV_PREFIX = 'SHRIKE__';

/** Applies defaults < files < environment < --set < flags. Main thread, at start. Throws ConfigError with all problems. */
export function loadConfig(sources: ConfigSources = {}): LoadedConfig {
  const env = sources.env ?? process.env;
  const layers = new ConfigLayers(rootSchema);
  for (const file of sources.files ?? []) addFile(layers, file);
  addEnvironment(layers, env);
  for (const text of sources.sets ?? []) addSet(layers, text);
  for (const { flag, path, value } of sources.flags ?? []) {
    if (typeof value === 'string') layers.addText(path, value, { layer: 'flag', flag });
    else layers.addValue(path, value, { layer: 'flag', flag });
  }
  const parsed = rootSchema.safeParse(layers.raw);
  const problems = [...layers.problems];
  if (!parsed.success) problems.push(...parsed.error.issues.flatMap((issue) => issueProblems(issue, layers)));
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  const config = resolvePaths(parsed.data as EngineConfig, layers, env);
  const unsound = crossChecks(config);
  const crossed = unsound.length > 0 ? unsound : liveChecks(config, layers);
  if (crossed.length > 0) {
    throw new ConfigError(crossed.map(({ path, message }) => problemAt(path, message, layers)));
  }
  return { config: deepFreeze(config), origins: exactOrigins(layers), warnings: warningsOf(config) };
}

function addFile(layers: ConfigLayers, file: string): void {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    layers.problems.push({
      path: '',
      message: `cannot read the config file: ${reason(error)}`,
      origin: { layer: 'file', file, line: 1 },
    });
    return;
  }
  try {
    layers.addFile(file, parse(text), locateTomlKeys(text));
  } catch (error) {
    const line = error instanceof TomlError ? error.line : 1;
    const message = error instanceof TomlError ? (error.message.split('\n')[0] ?? '') : reason(error);
    layers.problems.push({ path: '', message, origin: { layer: 'file', file, line } });
  }
}

function addEnvironment(layers: ConfigLayers, env: Readonly<Record<string, string | undefined>>): void {
  for (const variable of Object.keys(env).sort()) {
    const text = env[variable];
    if (!variable.startsWith(ENV_PREFIX) || text === undefined) continue;
    const path = layers.resolveVariable(variable, variable.slice(ENV_PREFIX.length).split('__'));
    if (path === null) continue;
    const schema = schemaAt(rootSchema, path);
    // Secrets stay out of the configuration, which is printed and handed to threads; loadCredentials reads them.
    if (schema !== null && docOf(schema)?.environmentOnly === true) continue;
    layers.addText(path, text, { layer: 'env', variable });
  }
}

function addSet(layers: ConfigLayers, text: string): void {
  const equals = text.indexOf('=');
  const path = equals < 0 ? null : parseDottedKey(text.slice(0, equals).trim());
  if (path === null) {
    layers.problems.push({ path: '', message: 'expected key.path=value', origin: { layer: 'set', text } });
    return;
  }
  layers.addText(path, text.slice(equals + 1), { layer: 'set', text });
}

function problemAt(path: ConfigPath, message: string, layers: ConfigLayers): ConfigProblem {
  const origin = layers.originOf(path);
  return { path: formatPath(path), message, ...(origin === undefined ? {} : { origin }) };
}

function issueProblems(issue: z.core.$ZodIssue, layers: ConfigLayers): ConfigProblem[] {
  const path = issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => problemAt([...path, name], unknownKey(path, name), layers));
  }
  return [problemAt(path, issueMessage(issue, path, valueAt(layers.raw, path)), layers)];
}

function unknownKey(path: ConfigPath, name: string): string {
  const schema = schemaAt(rootSchema, path);
  const shape = schema === null ? undefined : schemaNode(schema).shape;
  const near = shape === undefined ? null : nearestWord(name, Object.keys(shape));
  return near === null ? 'unknown key' : `unknown key; did you mean ${formatPath([...path, near])}?`;
}

function issueMessage(issue: z.core.$ZodIssue, path: ConfigPath, value: unknown): string {
  const schema = schemaAt(rootSchema, path);
  const doc = schema === null ? undefined : docOf(schema);
  const unit = doc?.unit === undefined ? '' : ` ${doc.unit}`;
  const got = doc?.secret === true ? '' : `, got ${shown(value)}`;
  switch (issue.code) {
    case 'invalid_value': {
      const near = typeof value === 'string' ? nearestWord(value, issue.values.map(String)) : null;
      const hint = near === null ? '' : `; did you mean ${JSON.stringify(near)}?`;
      return `expected one of ${issue.values.map((word) => JSON.stringify(word)).join(', ')}${got}${hint}`;
    }
    case 'too_small':
      return `expected at least ${String(issue.minimum)}${issue.origin === 'array' ? ' element(s)' : unit}${got}`;
    case 'too_big':
      return `expected at most ${String(issue.maximum)}${issue.origin === 'array' ? ' element(s)' : unit}${got}`;
    case 'invalid_union':
      return `expected true, false or a list of CPU numbers${got}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'not a key this table takes';
    case 'invalid_type':
      return issue.message.startsWith('expected')
        ? `${issue.message}${got}`
        : `expected ${typeName(issue.expected)}${unit === '' ? '' : ` (${doc?.unit})`}${got}`;
    default:
      return `${issue.message}${got}`;
  }
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    int: 'a whole number',
    number: 'a number',
    object: 'a table',
    record: 'a table',
  };
  return names[expected] ?? (expected === 'array' ? 'a list' : `a ${expected}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'a table' : String(value);
}

function valueAt(raw: unknown, path: ConfigPath): unknown {
  let node = raw;
  for (const segment of path) {
    node =
      typeof node === 'object' && node !== null
        ? (node as Record<string | number, unknown>)[segment]
        : undefined;
  }
  return node;
}

/** Real orders need the flag on the command line and the account's id in the configuration; play money needs neither. */
function liveChecks(config: EngineConfig, layers: ConfigLayers): { path: string[]; message: string }[] {
  if (config.mode !== 'live' || realVenuesOf(config).length === 0) return [];
  const found: { path: string[]; message: string }[] = [];
  if (['scalping', 'hybrid'].includes(config.system) && config.scalping.enabled === 'auto') {
    found.push({
      path: ['scalping', 'enabled'],
      message: 'is off by itself in live mode on a real venue: scalping there must be switched on with "on"',
    });
  }
  if (layers.originOf(['mode'])?.layer !== 'flag') {
    found.push({ path: ['mode'], message: 'live on a real venue must also be asked for with --mode live' });
  }
  if (config.live.confirm === null) {
    found.push({
      path: ['live', 'confirm'],
      message: 'must be the account id before live orders may be sent',
    });
  }
  return found;
}

type Writable = Record<string, Record<string, unknown>>;

/** Relative paths belong to the folder of the file they stand in, or to the working folder. */
function resolvePaths(
  config: EngineConfig,
  layers: ConfigLayers,
  env: Readonly<Record<string, string | undefined>>,
): EngineConfig {
  const base = (path: ConfigPath): string => {
    const origin = layers.originOf(path);
    return origin?.layer === 'file' ? dirname(resolve(origin.file)) : process.cwd();
  };
  const state = (config as unknown as Writable)['state'];
  const dir = config.state.dir as string | null;
  state['dir'] = dir === null ? defaultStateDir(env) : resolve(base(['state', 'dir']), dir);
  const strategy = (config as unknown as Writable)['strategy'];
  if (isPath(config.strategy.name))
    strategy['name'] = resolve(base(['strategy', 'name']), config.strategy.name);
  const { latencyFile } = config.fills;
  if (latencyFile !== null)
    (config.fills as { latencyFile: string }).latencyFile = resolve(
      base(['fills', 'latencyFile']),
      latencyFile,
    );
  const { caFile } = config.engine;
  if (caFile !== null)
    (config.engine as { caFile: string }).caFile = resolve(base(['engine', 'caFile']), caFile);
  for (const [place, each] of config.strategies.entries()) {
    if (!isPath(each.name)) continue;
    (each as { name: string }).name = resolve(base(['strategies', place, 'name']), each.name);
  }
  for (const [place, account] of config.accounts.entries()) {
    const { credentialsFile } = account;
    if (credentialsFile === null) continue;
    (account as { credentialsFile: string }).credentialsFile = resolve(
      base(['accounts', place, 'credentialsFile']),
      credentialsFile,
    );
  }
  for (const [name, venue] of Object.entries(config.venues)) {
    const { file } = venue.credentials;
    if (file === null) continue;
    (venue as unknown as Writable)['credentials']['file'] = resolve(
      base(['venues', name, 'credentials', 'file']),
      file,
    );
  }
  return config;
}

/** The venues of a configuration where orders cost money. */
export function realVenuesOf(config: EngineConfig): string[] {
  const venues = new Set(enginePartsOf(config).lanes.map(({ venue }) => venue));
  return [...venues].filter((venue) => !venueOf(venue).isPlayMoney);
}

/** True when a strategy is given as the path of a module, not by name. */
function isPath(name: string): boolean {
  return /[/\\]|\.[cm]?[jt]s$/.test(name);
}

function defaultStateDir(env: Readonly<Record<string, string | undefined>>): string {
  // systemd lists several folders with colons; the first is the service's own.
  const systemd = env['STATE_DIRECTORY']?.split(':')[0];
  if (systemd !== undefined && systemd !== '') return resolve(systemd);
  const xdg = env['XDG_STATE_HOME'];
  if (xdg !== undefined && xdg !== '') return join(resolve(xdg), 'shrike');
  return join(env['HOME'] ?? homedir(), '.local', 'state', 'shrike');
}

function exactOrigins(layers: ConfigLayers): Map<string, Origin> {
  return new Map([...layers.origins].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function warningsOf(config: EngineConfig): string[] {
  const symbols = enginePartsOf(config).lanes.flatMap((lane) => lane.symbols);
  return Object.keys(config.risk.symbols)
    .filter((name) => !symbols.includes(name))
    .map((name) => `risk.symbols.${name}: ${name} is not traded, so these limits do nothing`);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import type { KeyFile } from '../../../api/access/key-file.ts';
import type { KeyRecord, Scope } from '../../../api/access/key-record.ts';
import { CliError } from '../cli-error.ts';
import { parseDurationMs } from '../duration.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printNote, printText } from '../output.ts';
import type { Verb, VerbCall, VerbOption } from '../verb.ts';

const STATE: VerbOption = {
  flags: '--state-dir <dir>',
  key: 'state.dir',
  text: 'state folder of the engine; default: as for run',
};
const SCOPE_NAMES = ['read', 'trade', 'control', 'admin'];
const MODE_NAMES = ['paper', 'shadow', 'live'];

interface CreateOptions {
  readonly name?: string;
  readonly scope?: readonly Scope[];
  readonly expires?: number;
  readonly mode?: readonly string[];
  readonly cidr?: readonly string[];
}

/** `shrike keys create|list|revoke|rotate`. */
export const KEYS_VERB: Verb = {
  verbs: [
    {
      name: 'create',
      text: 'make a key for the api; it is printed once, and only its digest is kept',
      readsConfig: true,
      options: [
        STATE,
        { flags: '--name <name>', text: 'what it is for' },
        { flags: '--scope <list>', text: `${SCOPE_NAMES.join(', ')}, separated by commas`, parse: scopes },
        {
          flags: '--expires <time>',
          text: 'good for so long, such as 90d; default: until it is revoked',
          parse: expiry,
        },
        {
          flags: '--mode <list>',
          text: 'modes it is good for; default: that of the configuration',
          parse: modes,
        },
        {
          flags: '--cidr <list>',
          text: 'addresses it may come from, such as 10.0.0.0/8; default: any',
          parse: cidrs,
        },
      ],
      json: 'one JSON object',
      examples: [
        'shrike keys create --name grafana --scope read',
        'shrike keys create --name desk --scope read,trade,control --expires 90d',
      ],
      run: create,
    },
    {
      name: 'list',
      text: 'the keys there are; none of them can be shown',
      readsConfig: true,
      options: [STATE],
      json: 'one JSON object',
      examples: ['shrike keys list'],
      run: list,
    },
    {
      name: 'revoke',
      text: 'end a key: at a running engine within a second',
      operands: [{ name: '<id>', text: 'as keys list shows it' }],
      readsConfig: true,
      options: [STATE],
      json: 'one JSON object',
      examples: ['shrike keys revoke 7h3k2m9p4q1z'],
      run: revoke,
    },
    {
      name: 'rotate',
      text: 'give a key another secret; what it may stays, the old one ends at once',
      operands: [{ name: '<id>', text: 'as keys list shows it' }],
      readsConfig: true,
      options: [STATE],
      json: 'one JSON object',
      examples: ['shrike keys rotate 7h3k2m9p4q1z'],
      run: rotate,
    },
  ],
};

function words(text: string, known: readonly string[]): string[] {
  const given = [...new Set(text.split(',').map((word) => word.trim()))];
  const strange = given.filter((word) => !known.includes(word));
  if (strange.length > 0) throw new Error(`expected ${known.join(', ')}, got "${strange.join(', ')}"`);
  return given;
}

function scopes(text: string): Scope[] {
  return words(text, SCOPE_NAMES) as Scope[];
}

function modes(text: string): string[] {
  return words(text, MODE_NAMES);
}

function expiry(text: string): number {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  return days === undefined ? parseDurationMs(text) : Number(days) * 86_400_000;
}

function cidrs(text: string): string[] {
  const given = text.split(',').map((word) => word.trim());
  for (const cidr of given)
    if (!isCidr(cidr)) throw new Error(`expected an address range such as 10.0.0.0/8, got "${cidr}"`);
  return given;
}

function isCidr(cidr: string): boolean {
  const match = /^([\d.]+|[\da-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(cidr);
  if (match === null) return false;
  const isSix = match[1].includes(':');
  return (
    URL.canParse(`http://${isSix ? `[${match[1]}]` : match[1]}`) &&
    Number(match[2] ?? 0) <= (isSix ? 128 : 32)
  );
}

async function open(call: Pick<VerbCall, 'sources'>): Promise<{
  readonly file: KeyFile;
  readonly mode: string;
  readonly nowMs: number;
}> {
  const { loadConfig } = await import('../../config/config.ts');
  const { KeyFile: File, keyFilePath } = await import('../../../api/access/key-file.ts');
  const { createClockOrigin } = await import('../../../core/clock.ts');
  const { config } = loadConfig(call.sources);
  const nowMs = Math.round(createClockOrigin().epochUs / 1_000);
  return { file: new File(keyFilePath(config.state.dir)), mode: config.mode, nowMs };
}

async function create(call: VerbCall<CreateOptions>): Promise<number> {
  const { name, scope, expires, mode, cidr } = call.options;
  if (name === undefined || name.trim() === '')
    throw new CliError('USAGE', 'give the key a name: --name grafana', EXIT.usage);
  if (scope === undefined)
    throw new CliError('USAGE', `say what it may: --scope ${SCOPE_NAMES.join(',')}`, EXIT.usage);
  const { file, mode: own, nowMs } = await open(call);
  const { addKey } = await import('../../../api/access/new-key.ts');
  const { key, text } = await addKey(
    file,
    {
      name: name.trim().slice(0, 80),
      scopes: scope,
      modes: mode ?? [own],
      cidrs: cidr ?? [],
      expires: expires === undefined ? null : nowMs + expires,
    },
    nowMs,
  );
  return tellSecret(call, key, text);
}

async function list(call: VerbCall): Promise<number> {
  const { file, nowMs } = await open(call);
  const { hasEnded } = await import('../../../api/access/key-record.ts');
  const keys = file.read();
  if (call.isJson) {
    printJson({ schema: 'shrike.keys/1', keys: keys.map(withoutDigest) });
    return EXIT.ok;
  }
  if (keys.length === 0) {
    printText(`no keys in ${file.path}; "shrike keys create" makes one`);
    return EXIT.ok;
  }
  const { columns } = await import('../text-table.ts');
  const day = (ms: number | null): string =>
    ms === null ? 'never' : new Date(ms).toISOString().slice(0, 16);
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.scopes.join(','),
    key.modes.join(','),
    key.cidrs.join(',') || 'anywhere',
    day(key.created),
    day(key.expires),
    hasEnded(key, nowMs) ? 'ended' : 'good',
  ]);
  printText(columns([['ID', 'NAME', 'MAY', 'MODES', 'FROM', 'MADE (UTC)', 'EXPIRES', 'IS'], ...rows]));
  return EXIT.ok;
}

async function revoke(call: VerbCall): Promise<number> {
  const id = call.operands[0] as string;
  const { file, nowMs } = await open(call);
  const { changeKey } = await import('../../../api/access/new-key.ts');
  const key = changeKey(file, id, (old) => ({ ...old, revoked: old.revoked ?? nowMs }), nowMs);
  if (key === null) throw unknownKey(id);
  if (call.isJson) printJson({ schema: 'shrike.key/1', key: withoutDigest(key) });
  else printText(`the key ${id} (${key.name}) is revoked`);
  return EXIT.ok;
}

async function rotate(call: VerbCall): Promise<number> {
  const id = call.operands[0] as string;
  const { file, nowMs } = await open(call);
  const { rotateKey } = await import('../../../api/access/new-key.ts');
  const rotated = await rotateKey(file, id, nowMs);
  if (rotated === null) throw unknownKey(id);
  return tellSecret(call, rotated.key, rotated.text);
}

function tellSecret(call: Pick<VerbCall, 'isJson'>, key: KeyRecord, text: string): number {
  if (call.isJson) {
    printJson({ schema: 'shrike.key/1', key: withoutDigest(key), secret: text });
    return EXIT.ok;
  }
  printText(text);
  printNote(`key ${key.id} (${key.name}): ${key.scopes.join(', ')}; it is shown this once, keep it`);
  return EXIT.ok;
}

function withoutDigest({ scrypt: _scrypt, ...key }: KeyRecord): object {
  return key;
}

function unknownKey(id: string): CliError {
  return new CliError('KEY_UNKNOWN', `no key has the id ${id}; "shrike keys list" shows them`, EXIT.failure);
}

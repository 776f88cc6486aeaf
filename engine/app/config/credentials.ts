import type { ApiKey } from '../../../adapters/venue-kit/signing/api-key.ts';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { CliError } from '../cli/cli-error.ts';
import { plainKey } from '../../core/nearest-word.ts';
import type { EngineConfig, VenueName } from './config-types.ts';
import type { AccountPart } from './engine-parts.ts';
import { EXIT } from '../cli/exit-codes.ts';

type Env = Readonly<Record<string, string | undefined>>;
interface RawKey {
  apiKey?: string | undefined;
  apiSecret?: string | undefined;
  privateKeyPem?: string | undefined;
}

const OTHERS_READ = 0o004;
const GROUP_OR_OTHERS = 0o077;

/**
 * Reads an account's key from the first source that has one: the account's own file,
 * `$CREDENTIALS_DIRECTORY/<account>.toml` or `<venue>.toml`, the environment
 * (`SHRIKE__VENUES__<VENUE>__CREDENTIALS__API_KEY`, `__API_SECRET` or `__PRIVATE_KEY_PEM`), `credentials.file`.
 * Main thread, at start. Throws CliError with exit code 77 when there is none or a file can be read by others.
 */
export function loadCredentials(
  config: EngineConfig,
  venue: VenueName,
  env: Env = process.env,
  account: Pick<AccountPart, 'label' | 'credentialsFile'> | null = null,
): ApiKey {
  if (account !== null && account.credentialsFile !== null) {
    return checked(readKeyFile(account.credentialsFile, GROUP_OR_OTHERS), account.credentialsFile);
  }
  const directory = env['CREDENTIALS_DIRECTORY'];
  if (directory !== undefined && directory !== '') {
    const own = account === null || account.label === '' ? null : join(directory, `${account.label}.toml`);
    const hasOwn = own !== null && statSync(own, { throwIfNoEntry: false }) !== undefined;
    const file = hasOwn ? own : join(directory, `${venue}.toml`);
    // systemd grants access by ACL, which shows as a group bit; only the world's bit is a mistake here.
    if (statSync(file, { throwIfNoEntry: false }) !== undefined)
      return checked(readKeyFile(file, OTHERS_READ), file);
  }
  const fromEnv = readEnvironment(venue, env);
  if (fromEnv.apiKey !== undefined) return checked(fromEnv, `the environment of ${venue}`);
  const { file } = config.venues[venue].credentials;
  if (file !== null) return checked(readKeyFile(file, GROUP_OR_OTHERS), file);
  throw new CliError(
    'CREDENTIALS_MISSING',
    `no API key for ${venue}: put ${venue}.toml into $CREDENTIALS_DIRECTORY, set ${variablePrefix(venue)}API_KEY ` +
      `and API_SECRET, or name a 0600 file in venues.${venue}.credentials.file`,
    EXIT.credentials,
  );
}

/** Removes every venue secret from the environment, so that threads and children started later do not get it. */
export function dropSecretVariables(env: Record<string, string | undefined>): void {
  for (const name of Object.keys(env)) {
    if (/^SHRIKE__VENUES__.+__CREDENTIALS__(?!FILE$)/i.test(name)) delete env[name];
  }
}

/** Why a key file must not be used, or null. `doctor` asks the same question. */
export function keyFileProblem(file: string, forbiddenBits: number = GROUP_OR_OTHERS): string | null {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return 'does not exist';
  if (!stat.isFile()) return 'is not a file';
  if (process.platform === 'win32' || (stat.mode & forbiddenBits) === 0) return null;
  return `can be read by others (mode ${(stat.mode & 0o777).toString(8).padStart(4, '0')}); run: chmod 600 ${file}`;
}

function variablePrefix(venue: VenueName): string {
  return `SHRIKE__VENUES__${venue.toUpperCase().replaceAll('-', '_')}__CREDENTIALS__`;
}

function readEnvironment(venue: VenueName, env: Env): RawKey {
  const found: RawKey = {};
  const prefix = plainKey(variablePrefix(venue));
  for (const [name, value] of Object.entries(env)) {
    const plain = plainKey(name);
    if (!name.startsWith('SHRIKE__') || !plain.startsWith(prefix) || value === undefined || value === '')
      continue;
    const rest = plain.slice(prefix.length);
    if (rest === 'apikey') found.apiKey = value;
    if (rest === 'apisecret') found.apiSecret = value;
    // A PEM in one line is how shells and unit files carry it.
    if (rest === 'privatekeypem') found.privateKeyPem = value.replaceAll(String.raw`\n`, '\n');
  }
  return found;
}

function readKeyFile(file: string, forbiddenBits: number): RawKey {
  const problem = keyFileProblem(file, forbiddenBits);
  if (problem !== null)
    throw new CliError('CREDENTIALS_UNSAFE', `the key file ${file} ${problem}`, EXIT.credentials);
  try {
    const table = parse(readFileSync(file, 'utf8'));
    const text = (name: string): string | undefined =>
      typeof table[name] === 'string' ? table[name] : undefined;
    return { apiKey: text('apiKey'), apiSecret: text('apiSecret'), privateKeyPem: text('privateKeyPem') };
  } catch {
    // The parser's message quotes the text around the error, which may be the key.
    throw new CliError(
      'CREDENTIALS_UNREADABLE',
      `the key file ${file} cannot be read as TOML`,
      EXIT.credentials,
    );
  }
}

function checked(raw: RawKey, source: string): ApiKey {
  const { apiKey, apiSecret, privateKeyPem } = raw;
  if (apiKey !== undefined && apiSecret !== undefined && privateKeyPem === undefined) {
    return { kind: 'hmac', apiKey, apiSecret };
  }
  if (apiKey !== undefined && privateKeyPem !== undefined && apiSecret === undefined) {
    return { kind: 'ed25519', apiKey, privateKeyPem };
  }
  throw new CliError(
    'CREDENTIALS_INCOMPLETE',
    `${source} must have apiKey and exactly one of apiSecret and privateKeyPem`,
    EXIT.credentials,
  );
}

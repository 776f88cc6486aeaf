import { writeFileSync } from 'node:fs';
import type { LoadedConfig } from '../../config/config.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printNote, printText } from '../output.ts';
import type { Verb, VerbCall } from '../verb.ts';

const FILES = [{ name: '[file...]', text: 'configuration files, later ones win' }];

/** `shrike config init|check|show|schema`. */
export const CONFIG_VERB: Verb = {
  verbs: [
    {
      name: 'init',
      text: 'write a commented configuration file with every key at its default',
      operands: [{ name: '[file]', text: 'file to write, - for stdout', fallback: 'shrike.toml' }],
      options: [{ flags: '--force', text: 'overwrite an existing file' }],
      json: 'one JSON object',
      examples: ['shrike config init', 'shrike config init - | less'],
      run: init,
    },
    {
      name: 'check',
      text: 'check files, environment, --set and the strategies named there; all errors at once, exit 78',
      operands: FILES,
      readsConfig: true,
      json: 'one JSON object',
      examples: ['shrike config check shrike.toml', 'shrike config check base.toml prod.toml --json'],
      run: check,
    },
    {
      name: 'show',
      text: 'print the configuration in force, redacted, with the origin of every value that is not a default',
      operands: FILES,
      readsConfig: true,
      json: 'one JSON object',
      examples: ['shrike config show', 'SHRIKE__SEED=7 shrike config show shrike.toml --json'],
      run: show,
    },
    {
      name: 'schema',
      text: 'print every key with default, unit and meaning; --json prints a JSON Schema',
      json: 'JSON Schema',
      examples: ['shrike config schema', 'shrike config schema --json > shrike.schema.json'],
      run: schema,
    },
  ],
};

async function init({ operands, options, isJson }: VerbCall<{ force?: boolean }>): Promise<number> {
  const { configTemplate } = await import('../../config/config-text.ts');
  const file = operands[0] as string;
  if (file === '-') {
    printText(configTemplate());
    return EXIT.ok;
  }
  try {
    writeFileSync(file, configTemplate(), { flag: options.force === true ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new CliError('FILE_EXISTS', `${file} exists; --force overwrites it`, EXIT.failure);
  }
  if (isJson) printJson({ schema: 'shrike.config-init/1', file });
  else printText(`wrote ${file}`);
  return EXIT.ok;
}

/** A wrong configuration leaves by ConfigError. */
async function check(call: VerbCall): Promise<number> {
  const { config, warnings } = await load(call);
  const { checkStrategies } = await import('../../strategy/strategy-check.ts');
  await checkStrategies(config);
  for (const warning of warnings) printNote(`warning: ${warning}`);
  if (call.isJson) printJson({ schema: 'shrike.config-check/1', ok: true, warnings });
  else printText('ok');
  return EXIT.ok;
}

async function show(call: VerbCall): Promise<number> {
  const { formatOrigin } = await import('../../config/config-layers.ts');
  const { redacted, resolvedToml } = await import('../../config/config-text.ts');
  const loaded = await load(call);
  if (call.isJson) {
    const origins = Object.fromEntries(
      [...loaded.origins].map(([path, origin]) => [path, formatOrigin(origin)]),
    );
    const { warnings } = loaded;
    printJson({ schema: 'shrike.config/1', config: redacted(loaded.config), origins, warnings });
  } else {
    printText(resolvedToml(loaded));
  }
  return EXIT.ok;
}

async function schema({ isJson }: VerbCall): Promise<number> {
  const { jsonSchema, keyTable } = await import('../../config/config-text.ts');
  if (isJson) printJson(jsonSchema());
  else printText(keyTable());
  return EXIT.ok;
}

async function load({ operands, sources }: VerbCall): Promise<LoadedConfig> {
  const { loadConfig } = await import('../../config/config.ts');
  return loadConfig({ ...sources, files: [...(sources.files ?? []), ...(operands[0] as string[])] });
}

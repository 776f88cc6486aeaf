import { writeFileSync } from 'node:fs';
import type { ConfigFlags } from './cli-flags.ts';
import { CliError } from './cli-error.ts';
import { type FlagValue, type LoadedConfig, loadConfig } from '../config/config.ts';
import { formatOrigin } from '../config/config-layers.ts';
import { configTemplate, jsonSchema, keyTable, redacted, resolvedToml } from '../config/config-text.ts';
import { EXIT } from './exit-codes.ts';
import { printJson, printNote, printText } from './output.ts';

/** The given flags that stand for configuration keys, by option name; absent ones are left out. */
export function flagValues(options: object, keys: Readonly<Record<string, readonly string[]>>): FlagValue[] {
  const given = options as Record<string, unknown>;
  return Object.entries(keys)
    .filter(([name]) => given[name] !== undefined)
    .map(([name, path]) => ({
      flag: `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      path,
      value: given[name],
    }));
}

/** `shrike config init`. */
export function configInit(file: string, options: { force?: boolean; json?: boolean }): number {
  const text = configTemplate();
  if (file === '-') {
    printText(text);
    return EXIT.ok;
  }
  try {
    writeFileSync(file, text, { flag: options.force === true ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new CliError('FILE_EXISTS', `${file} exists; --force overwrites it`, EXIT.failure);
  }
  if (options.json === true) printJson({ schema: 'shrike.config-init/1', file });
  else printText(`wrote ${file}`);
  return EXIT.ok;
}

/** `shrike config check`: a wrong configuration leaves by ConfigError. */
export function configCheck(files: readonly string[], options: ConfigFlags & { json?: boolean }): number {
  const { warnings } = load(files, options);
  for (const warning of warnings) printNote(`warning: ${warning}`);
  if (options.json === true) printJson({ schema: 'shrike.config-check/1', ok: true, warnings });
  else printText('ok');
  return EXIT.ok;
}

/** `shrike config show`. */
export function configShow(files: readonly string[], options: ConfigFlags & { json?: boolean }): number {
  const loaded = load(files, options);
  if (options.json === true) {
    const origins = Object.fromEntries(
      [...loaded.origins].map(([path, origin]) => [path, formatOrigin(origin)]),
    );
    printJson({
      schema: 'shrike.config/1',
      config: redacted(loaded.config),
      origins,
      warnings: loaded.warnings,
    });
  } else {
    printText(resolvedToml(loaded));
  }
  return EXIT.ok;
}

/** `shrike config schema`. */
export function configSchema(options: { json?: boolean }): number {
  if (options.json === true) printJson(jsonSchema());
  else printText(keyTable());
  return EXIT.ok;
}

function load(files: readonly string[], options: ConfigFlags): LoadedConfig {
  return loadConfig({ files: [...options.config, ...files], sets: options.set });
}

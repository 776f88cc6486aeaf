/**
 * What engine/README.md says about extending: a thing is declared in one place and used in another. These tests fail when
 * a second list of the same names appears, or when something is declared and used nowhere.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EVENT_TOPICS, STATE_TOPICS } from '../../engine/api/telemetry-protocol.ts';
import { CONFIG_KEYS } from '../../engine/app/config/config-keys.ts';
import { COUNTER_TABLES } from '../../engine/app/threads/counter-tables.ts';
import { SCHEMA } from '../../engine/messages/schema.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function sources(...folders: string[]): Map<string, string> {
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return new Map(
    files.map((file) => [relative(ROOT, file).split(sep).join('/'), readFileSync(file, 'utf8')]),
  );
}

const PRODUCT = sources('engine', 'adapters');

/** Files of the product in which `pattern` is found, apart from those whose path begins with one of `except`. */
function filesWith(pattern: RegExp, ...except: string[]): string[] {
  return [...PRODUCT]
    .filter(([path, text]) => !except.some((begin) => path.startsWith(begin)) && pattern.test(text))
    .map(([path]) => path);
}

/** Dotted names of all keys below a declaration. */
function keyNames(keys: object, prefix = ''): string[] {
  return Object.entries(keys).flatMap(([name, declared]: [string, object]) =>
    'keys' in declared ? keyNames(declared.keys as object, `${prefix}${name}.`) : [`${prefix}${name}`],
  );
}

describe('extending', () => {
  test('a verb is one file and one line of the list', () => {
    const verbs = readdirSync(join(ROOT, 'engine/app/cli/verbs'));
    expect(verbs.length).toBeGreaterThan(5);
    for (const file of verbs) {
      const users = filesWith(
        new RegExp(`verbs/${file.replace('.', '\\.')}|'\\./${file.replace('.', '\\.')}`),
      );
      expect(users, file).toEqual(['engine/app/cli/verbs.ts']);
    }
  });

  test('a config key is declared in one section, and something outside of the configuration reads it', () => {
    const names = keyNames(CONFIG_KEYS);
    expect(names.length).toBeGreaterThan(60);
    for (const name of names) {
      const last = name.split('.').at(-1)!;
      expect(filesWith(new RegExp(`\\b${last}\\b`), 'engine/app/config/').length, name).toBeGreaterThan(0);
    }
  });

  test('a counter is a name with a sentence in one table, and something raises it', () => {
    for (const [actor, table] of Object.entries(COUNTER_TABLES)) {
      for (const [name, sentence] of Object.entries(table)) {
        expect(sentence, `${actor}.${name}`).toMatch(/\w+ \w+|fdatasyncs/);
        const raised = filesWith(new RegExp(`\\.${name}\\b|\\b${name}: (?!')`));
        expect(raised.length, `${actor}.${name}`).toBeGreaterThan(0);
      }
    }
  });

  test('a message is an entry of the schema; its codec is generated, and something uses it', () => {
    for (const name of Object.keys(SCHEMA)) {
      const users = filesWith(new RegExp(`\\b${name}\\b`), 'engine/messages/');
      expect(users.length, name).toBeGreaterThan(0);
    }
  });

  test('a telemetry topic is named in the protocol and in what makes it, nowhere else', () => {
    for (const topic of [...STATE_TOPICS, ...EVENT_TOPICS]) {
      const lists = filesWith(
        new RegExp(`\\['stats', 'book'|'${topic}',\\s*'(?:${STATE_TOPICS.join('|')})'`),
      );
      expect(lists.length, topic).toBeLessThanOrEqual(1);
    }
  });

  test('a venue is a folder and a line of the registry: nothing else in the engine imports one', () => {
    const folders = readdirSync(join(ROOT, 'adapters')).filter((name) =>
      PRODUCT.has(`adapters/${name}/descriptor.ts`),
    );
    expect(folders).toEqual(expect.arrayContaining(['binance-spot', 'binance-usdm', 'sim']));
    for (const folder of folders.filter((name) => name !== 'sim')) {
      const users = filesWith(new RegExp(`adapters/${folder}/`), 'adapters/');
      expect(users, folder).toEqual(['engine/app/venues/venue-registry.ts']);
    }
  });

  test('a shipped strategy is one file: the engine names none but the default', () => {
    const strategies = readdirSync(join(ROOT, 'strategies')).filter((file) => file.endsWith('.ts'));
    expect(strategies.length).toBeGreaterThan(1);
    for (const file of strategies) {
      const name = file.slice(0, -3);
      // The default is a configuration value; the rehearsal practises with the simplest of them.
      const known = ['engine/app/config/sections/strategy-section.ts', 'engine/app/threads/rehearsal.ts'];
      const naming = filesWith(new RegExp(`'${name}'`), ...known);
      expect(naming, name).toEqual([]);
    }
  });
});

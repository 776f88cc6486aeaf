/** What is wrong with a strategy is said when it is loaded: by whom, which member, and what to change. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it, test } from 'vitest';
import { definitionProblems } from '../../../engine/app/strategy/definition-check.ts';
import { StrategyProbe } from '../../../engine/app/strategy/strategy-probe.ts';
import { resolveStrategyUrl } from '../../../engine/app/strategy/strategy-path.ts';
import { testInstrument } from '../../fixtures/actor-rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'shrike-probe-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(path: string, text: string): string {
  const whole = join(folder, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
  return pathToFileURL(whole).href;
}

/** Loads and makes a strategy; the refusal as "CODE: message", or null. */
async function refusalOf(url: string): Promise<string | null> {
  let probe: StrategyProbe | null = null;
  try {
    probe = await StrategyProbe.open(url, 'probed');
    await probe.make({}, [testInstrument(0, 'AUSDT')]);
    return null;
  } catch (error) {
    const { code, message, exitCode } = error as { code: string; message: string; exitCode: number };
    expect(exitCode).toBe(78);
    return `${code}: ${message}`;
  } finally {
    await probe?.close();
  }
}

const making = (body: string): string => `export function createStrategy() { return ${body}; }\n`;

describe('a strategy is refused at load with a sentence', () => {
  test.each([
    [
      'async factory',
      'export async function createStrategy() { return {}; }',
      /createStrategy .* is async: it must return the strategy itself/,
    ],
    ['async arrow', 'export const createStrategy = async () => ({});', /is async/],
    ['generator', 'export function* createStrategy() { yield {}; }', /is a generator/],
    ['promise', making('Promise.reject(new Error("later"))'), /"probed" returned a promise: it must return/],
    ['thenable', making('{ then(done) { done({}); } }'), /returned a promise/],
    ['class', 'export class createStrategy {}', /createStrategy is a class/],
    [
      'misspelt',
      'export function createStrategie() { return {}; }',
      /exports "createStrategie", did you mean createStrategy\?/,
    ],
    ['wrong case', 'export function CreateStrategy() { return {}; }', /did you mean createStrategy\?/],
    [
      'default',
      'export default function createStrategy() { return {}; }',
      /has a default export, write "export function createStrategy"/,
    ],
    ['no function', 'export const createStrategy = { onBook() {} };', /its createStrategy is an object/],
    ['nothing', 'const createStrategy = () => ({});', /it exports nothing/],
    ['null', making('null'), /returned no object but null/],
    ['array', making('[]'), /returned no object but an array/],
    ['a class returned', making('class A { onBook() {} }'), /returned no object but a class/],
    ['text', making('"momentum"'), /returned no object but a string/],
    ['thrown', 'export function createStrategy() { throw "no size"; }', /"probed" refused to start: no size/],
    ['syntax', 'export function createStrategy( { return {}; }', /STRATEGY_UNLOADABLE: .*SyntaxError/],
    [
      'thrown at load',
      'throw null; export const createStrategy = 1;',
      /STRATEGY_UNLOADABLE: .*it threw null/,
    ],
    [
      'endless await',
      `await new Promise(() => {}); ${making('{}')}`,
      /awaits something at its top level that never comes/,
    ],
    ['exit', `process.exit(3); ${making('{}')}`, /ended its thread with exit code 3/],
    [
      'error of a timer',
      `setTimeout(() => { throw new RangeError('tick'); }); await new Promise((done) => setTimeout(done, 5000)); ${making('{}')}`,
      /RangeError: tick/,
    ],
  ])('%s', async (name, text, message) => {
    const url = file(`refused-${name.replaceAll(' ', '-')}.mjs`, text);
    const refusal = await refusalOf(url);
    expect(refusal).toMatch(message);
    if (!message.source.includes('probed')) expect(refusal).toMatch(/refused-[a-z-]+\.mjs|"probed"/);
  });

  it.each([
    ['{ onBok() {} }', 'onBok', 'onBook'],
    ['{ onbook() {} }', 'onbook', 'onBook'],
    ['{ OnBook() {} }', 'OnBook', 'onBook'],
    ['{ on_book() {} }', 'on_book', 'onBook'],
    ['{ onBokk: 5 }', 'onBokk', 'onBook'],
    ['{ onTrades() {} }', 'onTrades', 'onTrade'],
    ['{ onBookHiden() {} }', 'onBookHiden', 'onBookHidden'],
    ['{ onTick() {} }', 'onTick', 'onBook'],
    ['{ onOrderFilled() {} }', 'onOrderFilled', 'onBookHidden'],
    ['new (class extends class { onFil() {} } { onBook() {} })()', 'onFil', 'onFill'],
    ['Object.defineProperty({}, "onStopp", { value() {} })', 'onStopp', 'onStop'],
  ])('%s: the unknown callback is named with the nearest known one', async (body, name, near) => {
    const refusal = await refusalOf(file(`member-${name}.mjs`, making(body)));
    expect(refusal).toContain(`no callback "${name}"`);
    expect(refusal).toMatch(/did you mean "on[A-Z]\w+"\?/);
    if (name !== 'onOrderFilled') expect(refusal).toContain(`did you mean "${near}"?`);
    expect(refusal).toContain('onBookHidden, onTrade');
  });

  it.each([
    ['{ onBook: 42 }', 'a number'],
    ['{ onBook: null }', 'null'],
    ['{ onBook: {} }', 'an object'],
    ['{ get onBook() { throw new Error("no"); } }', 'null'],
  ])('%s: a callback that is no function is named', async (body, kind) => {
    const refusal = await refusalOf(file(`kind-${kind.replace(' ', '-')}.mjs`, making(body)));
    expect(refusal).toContain(`member "onBook" is ${kind}, not a function`);
  });

  it('code that never comes back while it is loaded or made is ended after a while', async () => {
    const [loading, making_] = await Promise.all([
      refusalOf(file('spin-load.mjs', `for (;;) {}; ${making('{}')}`)),
      refusalOf(file('spin-make.mjs', 'export function createStrategy() { for (;;) {} }')),
    ]);
    expect(loading).toMatch(/spin-load\.mjs: it did not load within 10 s/);
    expect(making_).toMatch(/spin-make\.mjs: it did not make its strategy within 10 s/);
  }, 60_000);
});

describe('a strategy is accepted', () => {
  test.each([
    [
      'members of its own beside the callbacks',
      making('{ onBook() {}, online: true, once() {}, onTradeCount: 3, size() {} }'),
    ],
    ['an optional callback left out', making('{ onBook: undefined, onFill() {} }')],
    ['an object without a prototype', making('Object.assign(Object.create(null), { onBook() {} })')],
    ['a top-level await that ends', `await new Promise((done) => setTimeout(done, 20)); ${making('{}')}`],
    ['an async callback, which is refused when it first returns a promise', making('{ async onBook() {} }')],
  ])('with %s', async (name, text) => {
    expect(await refusalOf(file(`good-${name.length}.mjs`, text))).toBeNull();
  });

  const typed = `import type { Strategy } from 'shrike/strategy';
import { SIDE } from 'shrike/strategy';
import { half } from './half.ts';
// import and export stand at the beginning of a line
export function createStrategy(): Strategy { return { onBook() { half(SIDE.buy); } }; }
`;
  test.each(['commonjs', 'module', null])('written as a module in a folder of type %s', async (type) => {
    const room = `room-${type}`;
    file(`${room}/package.json`, JSON.stringify(type === null ? {} : { type }));
    file(`${room}/half.ts`, 'export const half = (value: number): number => value / 2;\n');
    expect(await refusalOf(file(`${room}/typed.ts`, typed))).toBeNull();
    expect(await refusalOf(file(`${room}/plain.js`, making('{ onBook() {} }')))).toBeNull();
    expect(await refusalOf(file(`${room}/typed.mts`, typed))).toBeNull();
  });

  test('written in CommonJS', async () => {
    file('old/package.json', JSON.stringify({ type: 'commonjs' }));
    const text = `/*\nexport is a word of a comment\n*/\nconst make = () => ({ onBook() {} });\n`;
    expect(await refusalOf(file('old/a.js', `${text}module.exports = { createStrategy: make };`))).toBeNull();
    expect(await refusalOf(file('old/b.cjs', `${text}exports.createStrategy = make;`))).toBeNull();
    expect(
      await refusalOf(
        file('old/c.cts', `${text}module.exports = Object.assign({}, { createStrategy: make });`),
      ),
    ).toBeNull();
  });
});

describe('a definition', () => {
  const definition = (fields: string): string =>
    `export const strategy = { name: 'mine', version: '1', text: 'does', parameters: {}, create: () => ({}), ${fields} };\n`;

  test.each([
    [
      'no create',
      definition('create: 7'),
      /"strategy" of .* is no strategy: its "create" must be a function, not a number/,
    ],
    [
      'a create that returns nothing',
      definition('create: () => null'),
      /"probed" returned no object but null/,
    ],
    [
      'a misspelt callback and a getter that throws',
      definition('create: () => ({ onBok() {}, get onFill() { throw 1; } })'),
      /no callback "onBok" to call; did you mean "onBook"\?; its member "onFill" is null/,
    ],
    ['a name near to it', 'export const stratgy = {};', /it exports "stratgy", did you mean strategy\?/],
  ])('is refused with %s', async (name, text, message) => {
    expect(await refusalOf(file(`definition-${name.replaceAll(' ', '-')}.mjs`, text))).toMatch(message);
  });

  const sound = { name: 'mine', version: '1', text: 'does', parameters: {}, create: () => ({}) };
  const size = { is: 'integer', default: 9, min: 1, max: 5, unit: 'lots', text: 'x' };
  test.each([
    [7, 'it is a number, not an object with name, version, text, parameters and create'],
    [{ ...sound, name: '' }, 'its "name" must be text, not a string'],
    [{ ...sound, version: 1 }, 'its "version" must be text, not a number'],
    [{ ...sound, parameters: null }, 'its "parameters" must be an object of declarations, not null'],
    [
      { ...sound, parameters: { size } },
      'parameter size: its default 9 is not a whole number of 1 to 5 lots',
    ],
    [
      { ...sound, create: async () => ({}) },
      'its "create" is async: it must return the strategy itself; a module may await what it needs at its top level',
    ],
    [{ ...sound, onGap: 'skip' }, 'its "onGap" must be "reset" or "keep"'],
  ])('like %j is no definition', (given, sentence) => {
    expect(definitionProblems(given)).toEqual([sentence]);
  });

  test('is accepted, says what it is, and refuses parameters by name, value, range and unit', async () => {
    const text = definition(
      "parameters: { size: { is: 'integer', default: 2, min: 1, max: 5, unit: 'lots', text: 'x' } }",
    );
    const probe = await StrategyProbe.open(file('definition-good.mjs', text), 'probed');
    try {
      expect(probe.description).toMatchObject({
        name: 'mine',
        version: '1',
        parameters: { size: { unit: 'lots' } },
      });
      await probe.make({ size: 3 }, [testInstrument(0, 'AUSDT')]);
      await expect(probe.make({ size: 6, sise: 1 }, [testInstrument(0, 'AUSDT')])).rejects.toThrow(
        'bad parameters of mine: size must be a whole number of 1 to 5 lots, not 6; sise is not a parameter; did you mean size?',
      );
    } finally {
      await probe.close();
    }
  });

  test('beside it an export of that name that is something else does not count', async () => {
    const text = `export const strategy = 'calm';\n${making('{ onBook() {} }')}`;
    expect(await refusalOf(file('definition-other.mjs', text))).toBeNull();
  });
});

describe('the path of a strategy', () => {
  it('that is a folder, no file, or no module is named', () => {
    file('rooms/inner.ts', making('{}'));
    file('rooms/notes.txt', '');
    expect(() => resolveStrategyUrl(join(folder, 'rooms'))).toThrow(
      /rooms is a folder; give the path of the module/,
    );
    expect(() => resolveStrategyUrl(join(folder, 'rooms/none.ts'))).toThrow(
      /no strategy module at .*none\.ts/,
    );
    expect(() => resolveStrategyUrl(join(folder, 'rooms/notes.txt'))).toThrow(/must end in \.ts, /);
  });
});

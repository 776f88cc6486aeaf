import { execFileSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordView } from '../../engine/ipc/ring.ts';
import * as codecs from '../../engine/messages/codecs.ts';
import { readText } from '../../engine/messages/codec-view.ts';
import { describe as describeRecord, messageNameOf } from '../../engine/messages/describe.ts';
import * as enums from '../../engine/messages/enums.ts';
import { messageLayout } from '../../engine/messages/layout.ts';
import type { FieldLayout } from '../../engine/messages/layout.ts';
import { SCHEMA } from '../../engine/messages/schema.ts';
import type { MessageSpec } from '../../engine/messages/field-spec.ts';

type Value = number | string;
/** A flyweight seen by its field names. */
interface Flyweight {
  wrap(view: RecordView, byteOffset: number): Flyweight;
  [field: string]: unknown;
}

const MESSAGES = Object.entries(SCHEMA);
const LEVELS = 3;

function flyweight(name: string): Flyweight {
  const Message = (codecs as unknown as Record<string, new () => Flyweight>)[name];
  return new Message();
}

function constantName(name: string): string {
  return name.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
}

function exported(name: string): unknown {
  return (codecs as unknown as Record<string, unknown>)[name];
}

function bytesOf(spec: MessageSpec): number {
  return messageLayout(spec).blockBytes + (spec.levels === true ? LEVELS * 16 : 0);
}

/** Values that differ from field to field, so that two swapped fields show. */
function plainValue(spec: MessageSpec, field: FieldLayout, index: number): Value {
  if (field.spec.kind === 'f64') return spec.id * 1000 + index + 0.5;
  if (field.spec.kind === 'text') return field.name.slice(0, field.byteLength);
  if (field.name === 'bidCount') return 2;
  if (field.name === 'askCount') return 1;
  return spec.id * 100_000 + index;
}

function plainRecord(name: string, spec: MessageSpec, at = 0): RecordView {
  const view = new RecordView(new ArrayBuffer(at + bytesOf(spec)), 0, at + bytesOf(spec));
  const message = flyweight(name).wrap(view, at);
  const layout = messageLayout(spec);
  for (const [index, field] of layout.fields.entries()) message[field.name] = plainValue(spec, field, index);
  if (spec.levels === true) {
    const first = message['levelsAt8'] as number;
    for (let word = 0; word < LEVELS * 2; word++) view.f64[first + word] = 100 + word;
  }
  return view;
}

/** A field read by its layout alone, without the generated code. */
function rawValue(view: RecordView, at: number, field: FieldLayout): Value {
  const bytes = new DataView(view.u8.buffer, view.u8.byteOffset, view.u8.byteLength);
  if (field.spec.kind === 'f64') return bytes.getFloat64(at + field.byteOffset, true);
  if (field.spec.kind === 'i32') return bytes.getInt32(at + field.byteOffset, true);
  const text = Buffer.from(view.u8.subarray(at + field.byteOffset, at + field.byteOffset + field.byteLength));
  return text.toString('utf8').replace(/\0[\s\S]*$/, '');
}

function anyValue(field: FieldLayout): fc.Arbitrary<Value> {
  if (field.spec.kind === 'i32')
    return fc.oneof(fc.integer(), fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31)));
  if (field.spec.kind === 'f64') {
    const limits = [0, -0, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, Number.MIN_VALUE, Infinity];
    return fc.oneof(fc.double(), fc.maxSafeInteger(), fc.constantFrom(...limits));
  }
  const character = fc
    .oneof(fc.integer({ min: 1, max: 255 }), fc.constantFrom(0x20ac, 0x5e01, 0xffff, 0x1f985, 0x10ffff))
    .map((code) => String.fromCodePoint(code));
  return fc.array(character, { maxLength: field.byteLength }).map((characters) => {
    while (Buffer.byteLength(characters.join('')) > field.byteLength) characters.pop();
    return characters.join('');
  });
}

describe('messages', () => {
  it('keep their bytes: one line per message, so that a change of layout is seen in review', async () => {
    const lines = MESSAGES.map(([name, spec]) => {
      const hex = Buffer.from(plainRecord(name, spec).u8).toString('hex');
      return `${name} id ${spec.id} version ${spec.version} bytes ${hex.length / 2} ${hex}`;
    });
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../fixtures/golden-messages.txt');
  });

  it.each(MESSAGES)('%s takes back every value at any place, as its layout says', (name, spec) => {
    const layout = messageLayout(spec);
    const bytes = bytesOf(spec);
    expect(exported(constantName(name))).toBe(spec.id);
    expect(exported(`${constantName(name)}_BYTES`)).toBe(layout.blockBytes);
    const values = fc.tuple(...layout.fields.map(anyValue));
    fc.assert(
      fc.property(values, fc.nat(8), (given, slot) => {
        const view = new RecordView(new SharedArrayBuffer(bytes + 96), 0, bytes + 96);
        view.u8.fill(0xa5);
        const at = slot * 8;
        const message = flyweight(name).wrap(view, at);
        for (const [index, field] of layout.fields.entries()) message[field.name] = given[index];
        for (const [index, field] of layout.fields.entries()) {
          expect(message[field.name]).toEqual(given[index]);
          expect(rawValue(view, at, field)).toEqual(given[index]);
        }
        for (let index = 0; index < at; index++) expect(view.u8[index]).toBe(0xa5);
        for (let index = at + layout.blockBytes; index < view.u8.length; index++)
          expect(view.u8[index]).toBe(0xa5);
      }),
      { numRuns: 25 },
    );
  });

  it('cut text that is too long between two characters and keep every script', () => {
    const view = new RecordView(new ArrayBuffer(codecs.SIGNAL_BYTES), 0, codecs.SIGNAL_BYTES);
    const signal = new codecs.Signal().wrap(view, 0);
    signal.label = 'x'.repeat(100);
    expect(signal.label).toBe('x'.repeat(32));
    signal.label = 'a€b';
    expect(signal.label).toBe('a€b');
    signal.label = `${'x'.repeat(31)}币`;
    expect(signal.label).toBe('x'.repeat(31));
    signal.label = 'é币🦅\ud800!';
    expect(signal.label).toBe('é币🦅?!');
    expect(Buffer.from(view.u8.subarray(0)).includes(Buffer.from('é币🦅?!'))).toBe(true);
    signal.label = '';
    expect(signal.label).toBe('');
  });

  it('read Latin-1 of an older engine, which is no UTF-8', () => {
    const bytes = Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0, 0);
    expect(readText(bytes, 0, bytes.length)).toBe('café');
  });

  it('have fields that do not overlap, aligned, inside the block', () => {
    for (const [, spec] of MESSAGES) {
      const layout = messageLayout(spec);
      const taken = new Set<number>();
      for (const field of layout.fields) {
        expect(field.byteOffset % (field.spec.kind === 'i32' ? 4 : 8)).toBe(0);
        for (let byte = field.byteOffset; byte < field.byteOffset + field.byteLength; byte++) {
          expect(taken.has(byte)).toBe(false);
          expect(byte).toBeLessThan(layout.blockBytes);
          taken.add(byte);
        }
      }
      expect(layout.blockBytes % 8).toBe(0);
    }
  });
});

describe('schema', () => {
  it('gives every message its own positive id, a version, and says who sends it to whom', () => {
    const ids = MESSAGES.map(([, spec]) => spec.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [name, spec] of MESSAGES) {
      expect(Number.isInteger(spec.id) && spec.id > 0 && spec.id < 65_536, name).toBe(true);
      expect(Number.isInteger(spec.version) && spec.version >= 1, name).toBe(true);
      expect(spec.doc, name).toMatch(/^[\w ,()>-]+(?: -> [\w ,]+)?: .{10,}\.$/);
    }
  });

  it('explains every field in words that say more than its name, and where a number is a code, its table', () => {
    const tables = enums as unknown as Record<string, unknown>;
    for (const [name, spec] of MESSAGES) {
      for (const [field, { doc, values, kind }] of Object.entries(spec.fields)) {
        const where = `${name}.${field}`;
        const spoken = field.replaceAll(/([A-Z])/g, ' $1').toLowerCase();
        expect(doc.length, where).toBeGreaterThanOrEqual(3);
        // A code's meaning is its table; any other field needs words of its own.
        if (values === undefined) expect(doc.toLowerCase(), where).not.toBe(spoken);
        if (/^(?:side|state|previousState|reason|orderType|timeInForce|level)$/.test(field))
          expect(values, where).toBeDefined();
        if (values === undefined) continue;
        expect(kind, where).toBe('i32');
        expect(tables[values], where).toBeTypeOf('object');
      }
    }
  });

  it('names every value of a table once; flags are single bits', () => {
    for (const [name, table] of Object.entries(enums)) {
      if (typeof table !== 'object') continue;
      const values = Object.values(table) as number[];
      expect(new Set(values).size, name).toBe(values.length);
      if (!name.endsWith('_FLAG')) continue;
      for (const value of values) expect(value > 0 && (value & (value - 1)) === 0, name).toBe(true);
    }
  });

  it('is what codecs.ts was made from', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
    const script = join(root, 'engine', 'messages', 'generate.ts');
    execFileSync(process.execPath, [script, '--check'], { cwd: root, env: { ...process.env, PATH: path } });
  });
});

describe('describe', () => {
  it.each(MESSAGES)('tells %s in words, codes by name', (name, spec) => {
    const view = plainRecord(name, spec, 16);
    expect(messageNameOf(spec.id)).toBe(name);
    const described = describeRecord(spec.id, view, 16, bytesOf(spec));
    expect(described.message).toBe(name);
    const layout = messageLayout(spec);
    expect(Object.keys(described.fields)).toEqual(layout.fields.map((field) => field.name));
    for (const [index, field] of layout.fields.entries()) {
      const plain = plainValue(spec, field, index);
      expect(described.fields[field.name]).toBe(field.spec.values === undefined ? plain : `?${plain}`);
    }
    if (spec.levels !== true) expect(described).not.toHaveProperty('levels');
    else
      expect(described.levels).toEqual([
        [100, 101],
        [102, 103],
        [104, 105],
      ]);
  });

  it('says codes by their names', () => {
    const view = plainRecord('OrderUpdate', SCHEMA['OrderUpdate']);
    const update = new codecs.OrderUpdate().wrap(view, 0);
    update.state = enums.ORDER_STATE.pendingCancel;
    update.reason = enums.REASON.venueBusy;
    update.side = enums.SIDE.sell;
    expect(describeRecord(codecs.ORDER_UPDATE, view, 0, codecs.ORDER_UPDATE_BYTES).fields).toMatchObject({
      state: 'pendingCancel',
      reason: 'venueBusy',
      side: 'sell',
    });
  });

  it('refuses nothing: unknown types and records cut short are said to be so', () => {
    const view = new RecordView(new ArrayBuffer(64), 0, 64);
    expect(describeRecord(9999, view, 0, 24)).toEqual({
      message: 'unknown(9999)',
      fields: { byteLength: 24 },
    });
    expect(messageNameOf(9999)).toBeUndefined();
    for (const [name, spec] of MESSAGES) {
      const short = messageLayout(spec).blockBytes - 1;
      expect(describeRecord(spec.id, view, 0, short)).toEqual({
        message: `${name}(truncated)`,
        fields: { byteLength: short },
      });
    }
  });

  it('reads a record that is longer than it knows', () => {
    const spec = SCHEMA['Command'];
    const view = plainRecord('Command', spec, 0);
    const longer = new RecordView(new ArrayBuffer(64), 0, 64);
    longer.u8.set(view.u8);
    expect(describeRecord(spec.id, longer, 0, 64).fields).toEqual(
      describeRecord(spec.id, view, 0, view.u8.length).fields,
    );
  });
});

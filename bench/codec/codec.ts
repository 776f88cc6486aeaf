import { decode as msgpackDecode, encode as msgpackEncode } from '@msgpack/msgpack';
import * as codecs from '../../engine/messages/codecs.ts';
import { Prng } from '../../engine/core/prng.ts';
import { RecordView } from '../../engine/ipc/ring.ts';
import { messageLayout } from '../../engine/messages/layout.ts';
import type { FieldLayout } from '../../engine/messages/layout.ts';
import { SCHEMA } from '../../engine/messages/schema.ts';
import type { MessageSpec } from '../../engine/messages/field-spec.ts';
import type { Bench, BenchOptions, BenchResult, Rival } from '../harness/comparison.ts';
import { microMethod, microRival, SMOKE_MICRO } from '../harness/micro.ts';
import type { MicroSettings } from '../harness/micro.ts';
import { comparePaired } from '../harness/paired-rounds.ts';

/** Messages written and read in one pass: enough that none stays in a register, few enough for the cache. */
const MESSAGES = 256;
const FULL_MICRO: MicroSettings = { timeMs: 40, passesMin: 20, warmupMs: 20, warmupPassesMin: 10 };

/**
 * Values of MESSAGES messages, field by field. The passes are generated source, one function a type and rival, as a
 * programmer would write them by hand for that type: straight-line code without loops over field names.
 */
interface Sample {
  readonly fields: readonly FieldLayout[];
  readonly blockBytes: number;
  readonly numbers: Float64Array;
  readonly texts: readonly string[];
}

function sampleOf(message: MessageSpec): Sample {
  const { fields, blockBytes } = messageLayout(message);
  const random = new Prng(message.id);
  const numbers = new Float64Array(MESSAGES * fields.length);
  const texts: string[] = [];
  for (let index = 0; index < MESSAGES; index++) {
    for (const [column, { spec, byteLength }] of fields.entries()) {
      const word = random.nextUint32();
      numbers[index * fields.length + column] =
        spec.kind === 'f64' ? word * 4096 : spec.kind === 'i32' ? word & 0xff : 0;
      texts.push(spec.kind === 'text' ? `text-${word.toString(36)}`.slice(0, byteLength) : '');
    }
  }
  return { fields, blockBytes, numbers, texts };
}

/** What a generated pass may use. */
interface Tools {
  readonly numbers: Float64Array;
  readonly texts: readonly string[];
  readonly message: object;
  readonly view: RecordView;
  readonly data: DataView;
  readonly slots: unknown[];
  readonly writeText: (data: DataView, at: number, bytes: number, text: string) => void;
  readonly readText: (data: DataView, at: number, bytes: number) => string;
  readonly encode: typeof msgpackEncode;
  readonly decode: typeof msgpackDecode;
}

function writeTextInto(data: DataView, at: number, bytes: number, text: string): void {
  for (let index = 0; index < bytes; index++) {
    data.setUint8(at + index, index < text.length ? text.charCodeAt(index) : 0);
  }
}

function readTextFrom(data: DataView, at: number, bytes: number): string {
  let text = '';
  for (let index = 0; index < bytes; index++) {
    const code = data.getUint8(at + index);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}

/** The source of a pass: `write` for every message, then `read` for every message; `sum` is its checksum. */
function passSource(write: string, read: string, fieldCount: number): string {
  return `
    const { numbers, texts, message, view, data, slots, writeText, readText, encode, decode } = tools;
    return function pass() {
      let sum = 0;
      for (let i = 0; i < ${MESSAGES}; i++) { const row = i * ${fieldCount}; ${write} }
      for (let i = 0; i < ${MESSAGES}; i++) { ${read} }
      return sum;
    };`;
}

function compilePass(source: string, tools: Tools): () => number {
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- generated per message type on purpose
  const make = new Function('tools', source) as (tools: Tools) => () => number;
  return make(tools);
}

function valueOf({ spec }: FieldLayout, column: number): string {
  return spec.kind === 'text' ? `texts[row + ${column}]` : `numbers[row + ${column}]`;
}

function addTo(field: FieldLayout, expression: string): string {
  return field.spec.kind === 'text' ? `sum += ${expression}.length;` : `sum += ${expression};`;
}

function flyweightSource({ fields, blockBytes }: Sample): string {
  const wrap = `message.wrap(view, i * ${blockBytes});`;
  const write = fields.map((field, column) => `message.${field.name} = ${valueOf(field, column)};`);
  const read = fields.map((field) => addTo(field, `message.${field.name}`));
  return passSource(wrap + write.join(' '), wrap + read.join(' '), fields.length);
}

function dataViewSource({ fields, blockBytes }: Sample): string {
  const access = (field: FieldLayout, verb: 'get' | 'set', value: string): string => {
    const at = `i * ${blockBytes} + ${field.byteOffset}`;
    if (field.spec.kind === 'text') {
      const call = verb === 'set' ? 'writeText' : 'readText';
      return `${call}(data, ${at}, ${field.byteLength}${verb === 'set' ? `, ${value}` : ''})`;
    }
    const kind = field.spec.kind === 'f64' ? 'Float64' : 'Int32';
    return `data.${verb}${kind}(${at}, ${verb === 'set' ? `${value}, ` : ''}true)`;
  };
  const write = fields.map((field, column) => `${access(field, 'set', valueOf(field, column))};`);
  const read = fields.map((field) => addTo(field, access(field, 'get', '')));
  return passSource(write.join(' '), read.join(' '), fields.length);
}

/** An object literal goes into the slot as `pack` makes it, and comes back through `unpack`. */
function objectSource({ fields }: Sample, pack: string, unpack: string): string {
  const literal = fields.map((field, column) => `${field.name}: ${valueOf(field, column)}`).join(', ');
  const read = fields.map((field) => addTo(field, `got.${field.name}`)).join(' ');
  return passSource(
    `slots[i] = ${pack}({ ${literal} });`,
    `const got = ${unpack}(slots[i]); ${read}`,
    fields.length,
  );
}

function rivalsFor(name: string, message: MessageSpec, settings: MicroSettings): Rival[] {
  const sample = sampleOf(message);
  const Flyweight = (codecs as unknown as Readonly<Record<string, new () => object>>)[name];
  const memory = new SharedArrayBuffer(MESSAGES * sample.blockBytes);
  const tools: Tools = {
    numbers: sample.numbers,
    texts: sample.texts,
    message: new Flyweight(),
    view: new RecordView(memory, 0, memory.byteLength),
    data: new DataView(new SharedArrayBuffer(memory.byteLength)),
    slots: Array.from({ length: MESSAGES }, () => null),
    writeText: writeTextInto,
    readText: readTextFrom,
    encode: msgpackEncode,
    decode: msgpackDecode,
  };
  const rival = (rivalName: string, source: string): Rival =>
    microRival(rivalName, MESSAGES, compilePass(source, tools), settings);
  return [
    rival('shrike flyweight', flyweightSource(sample)),
    rival('DataView', dataViewSource(sample)),
    rival('plain object in a slot', objectSource(sample, '', '')),
    rival('JSON', objectSource(sample, 'JSON.stringify', 'JSON.parse')),
    rival('@msgpack/msgpack', objectSource(sample, 'encode', 'decode')),
  ];
}

async function run(options: BenchOptions): Promise<BenchResult> {
  const settings = options.isSmoke ? SMOKE_MICRO : FULL_MICRO;
  const comparisons = [];
  for (const [name, message] of Object.entries(SCHEMA)) {
    const { fields, blockBytes } = messageLayout(message);
    const plan = {
      title: `codec, ${name}`,
      unit: 'ns/message',
      better: 'lower' as const,
      method: `${fields.length} fields, ${blockBytes} bytes; ${MESSAGES} messages a pass; ${microMethod(settings)}`,
      rivals: rivalsFor(name, message, settings),
    };
    comparisons.push(await comparePaired(plan, options));
  }
  const notes = [
    'a pass writes all messages, then reads every field of all of them; levels of BookDelta are not included',
    'plain objects stay within the thread: what crosses threads must be copied or cloned besides',
  ];
  return { name: codec.name, summary: codec.summary, comparisons, notes };
}

/** Writing and reading every message of the engine. */
export const codec: Bench = {
  name: 'codec',
  summary: 'message write and read per type, against DataView, plain objects, JSON and msgpack',
  run,
};

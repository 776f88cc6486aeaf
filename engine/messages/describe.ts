import * as enums from './enums.ts';
import { messageLayout } from './layout.ts';
import { SCHEMA } from './schema.ts';
import type { CodecView } from './codec-view.ts';
import { readText } from './codec-view.ts';
import type { MessageLayout } from './layout.ts';
import type { MessageSpec } from './field-spec.ts';

interface Described {
  readonly name: string;
  readonly spec: MessageSpec;
  readonly layout: MessageLayout;
}

/** A record in words: what dumps, dead letters and logs show. */
export interface RecordDescription {
  readonly message: string;
  readonly fields: Readonly<Record<string, number | string>>;
  /** (priceTicks, qtyLots) pairs, bids first; only for messages with levels. */
  readonly levels?: readonly (readonly [number, number])[];
}

const BY_ID: ReadonlyMap<number, Described> = new Map(
  Object.entries(SCHEMA).map(([name, spec]) => [spec.id, { name, spec, layout: messageLayout(spec) }]),
);

const ENUMS = enums as unknown as Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The message name of a template id, or undefined when no message has it. */
export function messageNameOf(type: number): string | undefined {
  return BY_ID.get(type)?.name;
}

function fieldText(
  described: Described,
  view: CodecView,
  byteOffset: number,
  fieldIndex: number,
): number | string {
  const { spec, byteOffset: at } = described.layout.fields[fieldIndex];
  if (spec.kind === 'f64') return view.f64[(byteOffset + at) >> 3];
  if (spec.kind === 'text') return readText(view.u8, byteOffset + at, spec.bytes ?? 0);
  const value = view.i32[(byteOffset + at) >> 2];
  const table = spec.values === undefined ? undefined : ENUMS[spec.values];
  return table === undefined ? value : enums.nameOf(table, value);
}

/**
 * Describes any record: unknown types and records shorter than their block are described as such, never refused.
 * Allocates; for tools, logs and tests. Any thread.
 */
export function describe(
  type: number,
  view: CodecView,
  byteOffset: number,
  byteLength: number,
): RecordDescription {
  const described = BY_ID.get(type);
  if (described === undefined) return { message: `unknown(${type})`, fields: { byteLength } };
  const { name, spec, layout } = described;
  if (byteLength < layout.blockBytes) return { message: `${name}(truncated)`, fields: { byteLength } };
  const fields: Record<string, number | string> = {};
  for (const [index, field] of layout.fields.entries()) {
    fields[field.name] = fieldText(described, view, byteOffset, index);
  }
  if (spec.levels !== true) return { message: name, fields };
  const levels: [number, number][] = [];
  for (let at = layout.blockBytes; at + 16 <= byteLength; at += 16) {
    const word = (byteOffset + at) >> 3;
    levels.push([view.f64[word], view.f64[word + 1]]);
  }
  return { message: name, fields, levels };
}

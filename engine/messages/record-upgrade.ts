import type { CodecView } from './codec-view.ts';
import { messageLayout } from './layout.ts';
import type { MessageLayout } from './layout.ts';
import { SCHEMA } from './schema.ts';
import type { MessageSpec } from './field-spec.ts';

/** Whether a stored record can be read: `newer` was written by a later engine, `unknown` by no engine there was. */
export type RecordReadability = 'readable' | 'newer' | 'unknown';

/** A record in the present layout of its message. */
export interface PresentRecord {
  readonly view: CodecView;
  readonly byteOffset: number;
  readonly byteLength: number;
}

const BY_ID: ReadonlyMap<number, MessageSpec> = new Map(Object.values(SCHEMA).map((spec) => [spec.id, spec]));

/** Version of a message this engine writes, 0 when it knows no such message. */
export function presentVersion(type: number): number {
  return BY_ID.get(type)?.version ?? 0;
}

/** Whether this engine can read a record of that message and version. */
export function readabilityOf(type: number, version: number): RecordReadability {
  const spec = BY_ID.get(type);
  if (spec === undefined || version > spec.version) return 'newer';
  return version >= (spec.readableFrom ?? 1) ? 'readable' : 'unknown';
}

/**
 * A stored record in the present layout: as it is when it has that already, otherwise copied field by field; what its
 * version did not have is zero or empty. Null when it cannot be read or is too short. For start-up and tools.
 */
export function presentRecord(
  type: number,
  version: number,
  view: CodecView,
  byteOffset: number,
  byteLength: number,
): PresentRecord | null {
  const spec = BY_ID.get(type);
  if (spec === undefined || readabilityOf(type, version) !== 'readable') return null;
  const from = messageLayout(spec, version);
  if (byteLength < from.blockBytes) return null;
  if (version === spec.version) return { view, byteOffset, byteLength };
  return converted(from, messageLayout(spec), view.u8, byteOffset, byteLength);
}

/** Field by field; what follows the block (levels, texts) goes along. */
function converted(
  from: MessageLayout,
  to: MessageLayout,
  bytes: Uint8Array,
  byteOffset: number,
  byteLength: number,
): PresentRecord {
  const total = to.blockBytes + (byteLength - from.blockBytes);
  const buffer = new ArrayBuffer((total + 7) & ~7);
  const u8 = new Uint8Array(buffer);
  for (const target of to.fields) {
    const source = from.fields.find(({ name }) => name === target.name);
    if (source === undefined) continue;
    const length = Math.min(source.byteLength, target.byteLength);
    const at = byteOffset + source.byteOffset;
    u8.set(bytes.subarray(at, at + length), target.byteOffset);
  }
  u8.set(bytes.subarray(byteOffset + from.blockBytes, byteOffset + byteLength), to.blockBytes);
  const view = { u8, i32: new Int32Array(buffer), f64: new Float64Array(buffer) };
  return { view, byteOffset: 0, byteLength: total };
}

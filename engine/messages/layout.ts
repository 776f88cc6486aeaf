import { invariant } from '../core/assert.ts';
import type { FieldSpec, MessageSpec } from './field-spec.ts';

/** Where one field lies inside its message's block. */
export interface FieldLayout {
  readonly name: string;
  readonly spec: FieldSpec;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** A message's fixed block: its length is a multiple of 8, so what follows stays aligned. */
export interface MessageLayout {
  readonly fields: readonly FieldLayout[];
  readonly blockBytes: number;
}

function fieldBytes(spec: FieldSpec, version: number): number {
  if (spec.kind === 'f64') return 8;
  if (spec.kind === 'i32') return 4;
  const bytes = spec.before !== undefined && version < spec.before.version ? spec.before.bytes : spec.bytes;
  invariant(bytes !== undefined && bytes % 8 === 0, 'a text field reserves a multiple of 8 bytes');
  return bytes;
}

/**
 * Lays a message out: Float64 fields, then Int32, then text (aligned to 8), each kind in schema order. An earlier
 * version has the fields it had then, with the widths they had then.
 */
export function messageLayout(message: MessageSpec, version: number = message.version): MessageLayout {
  const fields: FieldLayout[] = [];
  let byteOffset = 0;
  for (const kind of ['f64', 'i32', 'text'] as const) {
    if (kind === 'text') byteOffset = (byteOffset + 7) & ~7;
    for (const [name, spec] of Object.entries(message.fields)) {
      if (spec.kind !== kind || (spec.since ?? 1) > version) continue;
      const byteLength = fieldBytes(spec, version);
      fields.push({ name, spec, byteOffset, byteLength });
      byteOffset += byteLength;
    }
  }
  return { fields, blockBytes: (byteOffset + 7) & ~7 };
}

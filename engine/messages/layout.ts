import { invariant } from '../core/assert.ts';
import type { FieldSpec, MessageSpec } from './schema.ts';

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

function fieldBytes(spec: FieldSpec): number {
  if (spec.kind === 'f64') return 8;
  if (spec.kind === 'i32') return 4;
  invariant(spec.bytes !== undefined && spec.bytes % 8 === 0, 'a text field reserves a multiple of 8 bytes');
  return spec.bytes;
}

/** Lays a message out: Float64 fields, then Int32, then text (aligned to 8), each kind in schema order. */
export function messageLayout(message: MessageSpec): MessageLayout {
  const fields: FieldLayout[] = [];
  let byteOffset = 0;
  for (const kind of ['f64', 'i32', 'text'] as const) {
    if (kind === 'text') byteOffset = (byteOffset + 7) & ~7;
    for (const [name, spec] of Object.entries(message.fields)) {
      if (spec.kind !== kind) continue;
      const byteLength = fieldBytes(spec);
      fields.push({ name, spec, byteOffset, byteLength });
      byteOffset += byteLength;
    }
  }
  return { fields, blockBytes: (byteOffset + 7) & ~7 };
}

/** How a field of a message is declared in schema.ts. */

export type FieldKind = 'f64' | 'i32' | 'text';

export interface FieldSpec {
  readonly kind: FieldKind;
  /** Meaning and unit. */
  readonly doc: string;
  /** Bytes reserved for text; a multiple of 8. */
  readonly bytes?: number;
  /** Name of the table in enums.ts that explains the value. */
  readonly values?: string;
  /** Version of the message that brought the field; without it, the first. */
  readonly since?: number;
  /** Width of a text field in versions below `version`. */
  readonly before?: { readonly version: number; readonly bytes: number };
}

export interface MessageSpec {
  readonly id: number;
  readonly version: number;
  /** Oldest version a reader still knows the layout of; 1 unless said. */
  readonly readableFrom?: number;
  readonly doc: string;
  readonly fields: Readonly<Record<string, FieldSpec>>;
  /** Repeating (priceTicks, qtyLots) Float64 pairs behind the block: bids first, then asks. */
  readonly levels?: boolean;
}

/** A Float64 field. */
export function f64(doc: string): FieldSpec {
  return { kind: 'f64', doc };
}

/** An Int32 field; `values` names the table in enums.ts that explains it. */
export function i32(doc: string, values?: string): FieldSpec {
  return values === undefined ? { kind: 'i32', doc } : { kind: 'i32', doc, values };
}

/** A text field with so many bytes reserved. */
export function text(bytes: number, doc: string): FieldSpec {
  return { kind: 'text', bytes, doc };
}

/** The field came with a later version of its message. */
export function since(version: number, spec: FieldSpec): FieldSpec {
  return { ...spec, since: version };
}

/** The text field had another width below `version`. */
export function widened(version: number, bytesBefore: number, spec: FieldSpec): FieldSpec {
  return { ...spec, before: { version, bytes: bytesBefore } };
}

/** How a field is stored. */
export type FieldKind = 'f64' | 'i32' | 'text';

/** One field of a message. */
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

/** A message: its fields in the order of the block. */
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

/** A number with a fraction or beyond 32 bits. */
export function f64(doc: string): FieldSpec {
  return { kind: 'f64', doc };
}

/** A small whole number; `values` names the table in enums.ts that explains it. */
export function i32(doc: string, values?: string): FieldSpec {
  return values === undefined ? { kind: 'i32', doc } : { kind: 'i32', doc, values };
}

/** Text of at most so many bytes of UTF-8. */
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

// hot path: no allocation after start
import { writeBase36Before, writeDecimalBefore, writeSpaces } from './digits.ts';
import { SignedText } from '../signing/sha256.ts';
import type { HmacSha256 } from '../signing/sha256.ts';

/** What changes from one request of a template to the next. */
export const FIELD = {
  requestId: 0,
  /** Client id of the new order. */
  clientId: 1,
  price: 2,
  qty: 3,
  timestamp: 4,
  /** Venue order id of the order to cancel. */
  targetOrderId: 5,
  /** Client id of the order to cancel. */
  targetClientId: 6,
  /** Client id the cancelled order goes by from then on. */
  cancelId: 7,
} as const;

/** Fields a template can have. */
export const FIELD_COUNT = 8;
const QUOTE = 0x22;
/** `"` + 17 characters of a 53-bit number with a point and a leading zero + `"`. */
const DECIMAL_WIDTH = 20;
/** `"` + letter + namespace (8) + `-` + 11 base-36 digits + `"`. */
const CLIENT_ID_WIDTH = 23;
const INTEGER_WIDTH = 16;
const TIMESTAMP_WIDTH = 13;
const PAYLOAD_BYTES_MAX = 1_024;
/** Hex digits of an HMAC-SHA256. */
const SIGNATURE_CHARACTERS = 64;

/** One parameter of a template, in the order of sending: a constant or a FIELD. */
export interface TemplateParam {
  readonly name: string;
  readonly value?: string | number;
  readonly field?: number;
}

/** A constant as JSON; keys, symbols and words of the protocol hold nothing to escape. */
function constantText(value: string | number | undefined): string {
  return typeof value === 'number' ? String(value) : `"${value ?? ''}"`;
}

function isText(field: number): boolean {
  return field !== FIELD.requestId && field !== FIELD.timestamp && field !== FIELD.targetOrderId;
}

function widthOf(field: number): number {
  if (field === FIELD.price || field === FIELD.qty) return DECIMAL_WIDTH;
  if (field === FIELD.timestamp) return TIMESTAMP_WIDTH;
  return isText(field) ? CLIENT_ID_WIDTH : INTEGER_WIDTH;
}

/**
 * One WebSocket API request with everything constant already in place. Setting a field rewrites only its bytes; the
 * message keeps its length because values are right-aligned behind JSON white space, so `bytes` is sent as it is.
 * With an HMAC key the signed text (parameters sorted by name, no white space) is put together from the same bytes.
 */
export class RequestTemplate {
  readonly bytes: Buffer;
  private readonly fieldEnd: Int32Array = new Int32Array(FIELD_COUNT).fill(-1);
  /** Where the value now in the field starts, without its quote. */
  private readonly valueStart: Int32Array = new Int32Array(FIELD_COUNT);
  /** The value now in the field: most of an order is what the order before had. */
  private readonly written: Float64Array = new Float64Array(FIELD_COUNT).fill(NaN);
  /** 1 = not in the payload yet. */
  private readonly isNew: Uint8Array = new Uint8Array(FIELD_COUNT);
  private readonly signatureAt: number;
  private readonly payload: SignedText = new SignedText(PAYLOAD_BYTES_MAX);
  private readonly payloadTexts: readonly Uint8Array[];
  private readonly payloadFields: Int32Array;
  /** Where in the payload each text stands, and the field behind it; -1 = nowhere yet. */
  private readonly textAt: Int32Array;
  private readonly fieldAt: Int32Array;
  private readonly hmac: HmacSha256 | null;

  /** @param hmac signs each request; null when the session is logged on. `apiKey` goes with it. */
  constructor(method: string, params: readonly TemplateParam[], hmac: HmacSha256 | null, apiKey: string) {
    const all: TemplateParam[] = hmac === null ? [...params] : [...params, { name: 'apiKey', value: apiKey }];
    let text = '{"id":';
    text = this.reserveField(text, FIELD.requestId);
    text += `,"method":"${method}","params":{`;
    for (const [index, param] of all.entries()) {
      text += `${index === 0 ? '' : ','}"${param.name}":`;
      text =
        param.field === undefined ? text + constantText(param.value) : this.reserveField(text, param.field);
    }
    this.signatureAt = -1;
    if (hmac !== null) {
      text += ',"signature":"';
      this.signatureAt = Buffer.byteLength(text);
      text += `${'0'.repeat(SIGNATURE_CHARACTERS)}"`;
    }
    this.bytes = Buffer.from(`${text}}}`);
    this.hmac = hmac;
    const { texts, fields } = payloadParts(all);
    this.payloadTexts = texts;
    this.payloadFields = Int32Array.from(fields);
    this.textAt = new Int32Array(fields.length).fill(-1);
    this.fieldAt = new Int32Array(fields.length).fill(-1);
  }

  /** Whether the request has this field. */
  has(field: number): boolean {
    return this.fieldEnd[field] >= 0;
  }

  /** Writes values[field] as an integer. */
  setInteger(field: number, values: Float64Array): void {
    if (values[field] === this.written[field]) return;
    const start = writeDecimalBefore(this.bytes, this.fieldEnd[field], values, field, 0);
    this.noteWritten(field, values, start, start);
  }

  /** Writes values[field] x 10^-decimals, quoted; `decimals` is the same for every value of the field. */
  setDecimal(field: number, values: Float64Array, decimals: number): void {
    if (values[field] === this.written[field]) return;
    const start = writeDecimalBefore(this.bytes, this.fieldEnd[field], values, field, decimals);
    this.bytes[start - 1] = QUOTE;
    this.noteWritten(field, values, start, start - 1);
  }

  /** Writes `prefix` and values[field] in base 36, quoted; `prefix` is the same for every value of the field. */
  setClientId(field: number, prefix: Uint8Array, values: Float64Array): void {
    if (values[field] === this.written[field]) return;
    const { bytes } = this;
    let at = writeBase36Before(bytes, this.fieldEnd[field], values, field);
    for (let index = prefix.length - 1; index >= 0; index--) bytes[--at] = prefix[index];
    bytes[at - 1] = QUOTE;
    this.noteWritten(field, values, at, at - 1);
  }

  /** Signs what is in the fields now; without effect on a logged-on session. */
  sign(): void {
    if (this.hmac === null) return;
    this.hmac.signHex(this.payload, this.writePayload(), this.bytes, this.signatureAt);
  }

  /** Rewrites what changed or moved since the last time; returns the payload's length. */
  private writePayload(): number {
    const { bytes, payloadTexts, payloadFields, textAt, fieldAt, isNew } = this;
    const payload = this.payload.bytes;
    let length = 0;
    for (let part = 0; part < payloadFields.length; part++) {
      const text = payloadTexts[part];
      if (textAt[part] !== length) {
        textAt[part] = length;
        for (let index = 0; index < text.length; index++) payload[length + index] = text[index];
      }
      length += text.length;
      const field = payloadFields[part];
      if (field < 0) continue;
      const start = this.valueStart[field];
      const width = this.fieldEnd[field] - start;
      if (isNew[field] === 1 || fieldAt[part] !== length) {
        isNew[field] = 0;
        fieldAt[part] = length;
        for (let index = 0; index < width; index++) payload[length + index] = bytes[start + index];
      }
      length += width;
    }
    return length;
  }

  private noteWritten(field: number, values: Float64Array, start: number, from: number): void {
    this.written[field] = values[field];
    this.isNew[field] = 1;
    const fromBefore = this.valueStart[field] - (start - from);
    this.valueStart[field] = start;
    writeSpaces(this.bytes, fromBefore, from);
  }

  private reserveField(text: string, field: number): string {
    const width = widthOf(field);
    const from = Buffer.byteLength(text);
    this.fieldEnd[field] = from + width - (isText(field) ? 1 : 0);
    this.valueStart[field] = this.fieldEnd[field];
    return text + ' '.repeat(isText(field) ? width - 1 : width) + (isText(field) ? '"' : '');
  }
}

/** The signed text as constants and the fields that follow them (-1 = nothing follows). */
function payloadParts(params: readonly TemplateParam[]): { texts: Uint8Array[]; fields: number[] } {
  const texts: Uint8Array[] = [];
  const fields: number[] = [];
  let constant = '';
  const sorted = [...params].sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const [index, param] of sorted.entries()) {
    constant += `${index === 0 ? '' : '&'}${param.name}=`;
    if (param.field === undefined) {
      constant += String(param.value);
      continue;
    }
    texts.push(Buffer.from(constant));
    fields.push(param.field);
    constant = '';
  }
  if (constant !== '') {
    texts.push(Buffer.from(constant));
    fields.push(-1);
  }
  return { texts, fields };
}

// hot path: no allocation after start
import { placesByIndex } from '../../../engine/core/instrument.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import type { NativeRoom } from '../../../engine/native/native-room.ts';
import { ORDER_FLAG, ORDER_TYPE, SIDE } from '../../../engine/messages/enums.ts';
import type { ApiKey } from '../signing/api-key.ts';
import { HmacSha256 } from '../signing/sha256.ts';
import type { OrderWriter } from './order-writer.ts';
import type { TemplateParam } from './request-template.ts';
import { FIELD, FIELD_COUNT, RequestTemplate } from './request-template.ts';

/** How the order requests of one engine look. */
export interface OrderEncoderOptions {
  readonly credentials: ApiKey;
  /** 1-6 characters [a-z0-9]; client ids are `s<namespace>-<intentSeq in base 36>`. */
  readonly namespace: string;
  /** Venue-side validity of a request, ms; 0 is the venue's default. */
  readonly recvWindowMs: number;
  /** The thread's native calls; absent: none are made. */
  readonly room?: NativeRoom;
}

/** Templates of a variant: buy and sell. */
const SIDES = 2;
const ANY_TIME = -1;

/** A kind of order that a venue has. */
export interface OrderVariant {
  /** An ORDER_TYPE. */
  readonly orderType: number;
  /** A TIME_IN_FORCE; null when any will do. */
  readonly timeInForce: number | null;
  /** Its words, which stand between the side and the price. */
  readonly params: readonly TemplateParam[];
}

/** A venue's words for order requests. */
export interface OrderWords {
  readonly variants: readonly OrderVariant[];
  readonly method: { readonly place: string; readonly cancel: string; readonly replace: string };
  /** Parameter of an order that may only reduce a position; null when the venue has no such flag. */
  readonly reduceOnly: TemplateParam | null;
  /** Parameters of every placement behind its size and client id. */
  readonly placement: readonly TemplateParam[];
  /** Parameters that name the order to cancel, by the venue's id or by the client id. */
  cancel(isByOrderId: boolean): readonly TemplateParam[];
  /** The same in front of the new order of a replace; null when the venue has no such request. */
  readonly replace: ((isByOrderId: boolean) => readonly TemplateParam[]) | null;
  /**
   * What holds without `recvWindow`, ms. Not sent when it is this: the signed text of an order is then mostly one SHA-256
   * block shorter.
   */
  readonly recvWindowMs: number;
}

/**
 * Writes order requests in JSON from templates made at start: per instrument, side and kind of order. Each method returns
 * the template's bytes, valid until the next call for the same template. One thread.
 */
export class OrderEncoder implements OrderWriter {
  readonly values: Float64Array = new Float64Array(FIELD_COUNT);
  private readonly words: OrderWords;
  private readonly instruments: Instrument[];
  private readonly make: (method: string, params: readonly TemplateParam[]) => RequestTemplate;
  private readonly places: Int32Array;
  private readonly orderTypes: Int32Array;
  private readonly timesInForce: Int32Array;
  /** Placements of an instrument: by variant and side, and the same again for orders that only reduce. */
  private readonly count: number;
  private readonly orderPrefix: Uint8Array;
  private readonly cancelPrefix: Uint8Array;
  private readonly placements: RequestTemplate[] = [];
  private readonly cancelsByOrderId: RequestTemplate[] = [];
  private readonly cancelsByClientId: RequestTemplate[] = [];
  private readonly replacesByOrderId: RequestTemplate[] = [];
  private readonly replacesByClientId: RequestTemplate[] = [];

  constructor(words: OrderWords, instruments: readonly Instrument[], options: OrderEncoderOptions) {
    this.words = words;
    this.instruments = [...instruments];
    this.places = placesByIndex(instruments);
    this.count = words.variants.length * SIDES * (words.reduceOnly === null ? 1 : 2);
    this.orderTypes = Int32Array.from(words.variants, ({ orderType }) => orderType);
    this.timesInForce = Int32Array.from(words.variants, ({ timeInForce }) => timeInForce ?? ANY_TIME);
    this.orderPrefix = Buffer.from(`s${options.namespace}-`);
    this.cancelPrefix = Buffer.from(`c${options.namespace}-`);
    const { credentials } = options;
    const hmac =
      credentials.kind === 'hmac'
        ? new HmacSha256(Buffer.from(credentials.apiSecret), options.room?.makeSha256())
        : null;
    hmac?.setPrefix(Buffer.from(`apiKey=${credentials.apiKey}&`));
    this.make = (method: string, params: readonly TemplateParam[]): RequestTemplate => {
      const isDefault = options.recvWindowMs === 0 || options.recvWindowMs === words.recvWindowMs;
      const window = isDefault ? [] : [{ name: 'recvWindow', value: options.recvWindowMs }];
      return new RequestTemplate(method, [...params, ...window], hmac, credentials.apiKey);
    };
    for (const instrument of instruments) this.addTemplates(instrument);
  }

  /** Requests of an instrument that was added. */
  addInstrument(instrument: Instrument): void {
    this.places[instrument.index] = this.instruments.length;
    this.instruments.push(instrument);
    this.addTemplates(instrument);
  }

  private addTemplates(instrument: Instrument): void {
    const { make, words } = this;
    const symbol = { name: 'symbol', value: instrument.symbol };
    for (let index = 0; index < this.count; index++) {
      const terms = placementParams(words, index);
      this.placements.push(make(words.method.place, [symbol, ...terms]));
      if (words.replace === null) continue;
      const replace = (isByOrderId: boolean): RequestTemplate =>
        make(words.method.replace, [symbol, ...words.replace!(isByOrderId), ...terms]);
      this.replacesByOrderId.push(replace(true));
      this.replacesByClientId.push(replace(false));
    }
    const cancel = (isByOrderId: boolean): RequestTemplate =>
      make(words.method.cancel, [symbol, ...words.cancel(isByOrderId), TIMESTAMP]);
    this.cancelsByOrderId.push(cancel(true));
    this.cancelsByClientId.push(cancel(false));
  }

  /** A new order. Takes requestId, timestamp, clientId, price, qty. */
  place(
    instrumentIndex: number,
    side: number,
    orderType: number,
    timeInForce: number,
    flags: number,
  ): Buffer | null {
    const index = this.templateIndex(side, orderType, timeInForce, flags);
    if (index < 0) return null;
    const template = this.placements[this.firstOf(instrumentIndex) + index];
    this.writeTerms(template, instrumentIndex, orderType);
    template.sign();
    return template.bytes;
  }

  /**
   * Cancels by the venue's order id when it is known (the fastest way), else by the order's client id. Takes requestId,
   * timestamp, targetOrderId, targetClientId.
   */
  cancel(instrumentIndex: number): Buffer {
    const isByOrderId = this.values[FIELD.targetOrderId] > 0;
    const templates = isByOrderId ? this.cancelsByOrderId : this.cancelsByClientId;
    const template = templates[this.places[instrumentIndex]];
    template.setInteger(FIELD.requestId, this.values);
    this.writeTarget(template, isByOrderId);
    template.setInteger(FIELD.timestamp, this.values);
    template.sign();
    return template.bytes;
  }

  /**
   * Cancels one order and, only if that worked, places another. Takes what `place` and `cancel` take.
   */
  replace(
    instrumentIndex: number,
    side: number,
    orderType: number,
    timeInForce: number,
    flags: number,
  ): Buffer | null {
    const index = this.templateIndex(side, orderType, timeInForce, flags);
    if (index < 0 || this.words.replace === null) return null;
    const isByOrderId = this.values[FIELD.targetOrderId] > 0;
    const templates = isByOrderId ? this.replacesByOrderId : this.replacesByClientId;
    const template = templates[this.firstOf(instrumentIndex) + index];
    this.writeTarget(template, isByOrderId);
    this.writeTerms(template, instrumentIndex, orderType);
    template.sign();
    return template.bytes;
  }

  /** Index of the order's variant and side among an instrument's templates; -1 when the venue has no such order. */
  private templateIndex(side: number, orderType: number, timeInForce: number, flags: number): number {
    if (side !== SIDE.buy && side !== SIDE.sell) return -1;
    const { orderTypes, timesInForce } = this;
    for (let variant = 0; variant < orderTypes.length; variant++) {
      if (orderTypes[variant] !== orderType) continue;
      if (timesInForce[variant] !== ANY_TIME && timesInForce[variant] !== timeInForce) continue;
      const index = variant * SIDES + (side === SIDE.buy ? 0 : 1);
      const isReducing = this.words.reduceOnly !== null && (flags & ORDER_FLAG.reduceOnly) !== 0;
      return isReducing ? index + orderTypes.length * SIDES : index;
    }
    return -1;
  }

  private firstOf(instrumentIndex: number): number {
    return this.places[instrumentIndex] * this.count;
  }

  private writeTerms(template: RequestTemplate, instrumentIndex: number, orderType: number): void {
    const { values } = this;
    const instrument = this.instruments[this.places[instrumentIndex]];
    template.setInteger(FIELD.requestId, values);
    template.setClientId(FIELD.clientId, this.orderPrefix, values);
    if (orderType !== ORDER_TYPE.market) {
      values[FIELD.price] *= instrument.tickUnits;
      template.setDecimal(FIELD.price, values, instrument.priceDecimals);
    }
    values[FIELD.qty] *= instrument.lotUnits;
    template.setDecimal(FIELD.qty, values, instrument.qtyDecimals);
    template.setInteger(FIELD.timestamp, values);
  }

  private writeTarget(template: RequestTemplate, isByOrderId: boolean): void {
    const { values } = this;
    if (isByOrderId) template.setInteger(FIELD.targetOrderId, values);
    else template.setClientId(FIELD.targetClientId, this.orderPrefix, values);
    if (!template.has(FIELD.cancelId)) return;
    values[FIELD.cancelId] = values[FIELD.targetClientId];
    template.setClientId(FIELD.cancelId, this.cancelPrefix, values);
  }
}

const TIMESTAMP: TemplateParam = { name: 'timestamp', field: FIELD.timestamp };

function placementParams({ variants, placement, reduceOnly }: OrderWords, index: number): TemplateParam[] {
  const variant = index >> 1;
  const isReducing = variant >= variants.length;
  const { orderType, params } = variants[variant % variants.length];
  return [
    { name: 'side', value: (index & 1) === 0 ? 'BUY' : 'SELL' },
    ...params,
    ...(orderType === ORDER_TYPE.market ? [] : [{ name: 'price', field: FIELD.price }]),
    { name: 'quantity', field: FIELD.qty },
    { name: 'newClientOrderId', field: FIELD.clientId },
    ...placement,
    ...(isReducing && reduceOnly !== null ? [reduceOnly] : []),
    TIMESTAMP,
  ];
}

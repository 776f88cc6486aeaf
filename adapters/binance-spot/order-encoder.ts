// hot path: no allocation after start
import { placesByIndex } from '../../engine/core/instrument.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import type { NativeRoom } from '../../engine/native/native-room.ts';
import { ORDER_TYPE, SIDE, TIME_IN_FORCE } from '../../engine/messages/enums.ts';
import type { ApiKey } from '../venue-kit/signing/api-key.ts';
import type { TemplateParam } from '../venue-kit/request/request-template.ts';
import { FIELD, FIELD_COUNT, RequestTemplate } from '../venue-kit/request/request-template.ts';
import { HmacSha256 } from '../venue-kit/signing/sha256.ts';

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

/**
 * What holds without `recvWindow` (web-socket-api.md, "Timing security"). Not sent when it is this: the signed text of an
 * order is then mostly one SHA-256 block shorter.
 */
const DEFAULT_RECV_WINDOW_MS = 5_000;

/**
 * What an order can be on Binance Spot. The answer to every placement is asked for as ACK: fills then come from the
 * user data stream alone and the answer is short to scan.
 */
const VARIANTS: readonly {
  readonly type: string;
  readonly timeInForce: string | null;
  readonly hasPrice: boolean;
}[] = [
  { type: 'LIMIT', timeInForce: 'GTC', hasPrice: true },
  { type: 'LIMIT', timeInForce: 'IOC', hasPrice: true },
  { type: 'LIMIT', timeInForce: 'FOK', hasPrice: true },
  { type: 'LIMIT_MAKER', timeInForce: null, hasPrice: true },
  { type: 'MARKET', timeInForce: null, hasPrice: false },
];
const VARIANT_MAKER = 3;
const VARIANT_MARKET = 4;
const VARIANT_COUNT = 5;
const TEMPLATES_PER_INSTRUMENT = VARIANT_COUNT * 2;

/** Index of the order's variant and side among an instrument's templates; -1 when the venue has no such order. */
function templateIndex(side: number, orderType: number, timeInForce: number): number {
  let variant = -1;
  if (orderType === ORDER_TYPE.limitMaker) variant = VARIANT_MAKER;
  else if (orderType === ORDER_TYPE.market) variant = VARIANT_MARKET;
  else if (orderType === ORDER_TYPE.limit) {
    if (timeInForce === TIME_IN_FORCE.gtc) variant = 0;
    else if (timeInForce === TIME_IN_FORCE.ioc) variant = 1;
    else if (timeInForce === TIME_IN_FORCE.fok) variant = 2;
  }
  if (variant < 0 || (side !== SIDE.buy && side !== SIDE.sell)) return -1;
  return variant * 2 + (side === SIDE.buy ? 0 : 1);
}

/**
 * Writes order requests of the WebSocket API from templates made at start: per instrument, side and order type. The
 * numbers of a request are put into `values` before the call; each method returns the template's bytes, valid until the
 * next call for the same template, or null when Binance Spot has no such order. One thread.
 */
export class OrderEncoder {
  /**
   * By FIELD: requestId; timestamp in the venue's epoch ms; clientId and targetClientId as intentSeq; price in ticks; qty
   * in lots; targetOrderId, 0 when not known. The methods leave other numbers in price, qty and cancelId.
   */
  readonly values: Float64Array = new Float64Array(FIELD_COUNT);
  private readonly instruments: Instrument[];
  private readonly make: (method: string, params: readonly TemplateParam[]) => RequestTemplate;
  private readonly places: Int32Array;
  private readonly orderPrefix: Uint8Array;
  private readonly cancelPrefix: Uint8Array;
  private readonly placements: RequestTemplate[] = [];
  private readonly cancelsByOrderId: RequestTemplate[] = [];
  private readonly cancelsByClientId: RequestTemplate[] = [];
  private readonly replacesByOrderId: RequestTemplate[] = [];
  private readonly replacesByClientId: RequestTemplate[] = [];

  constructor(instruments: readonly Instrument[], options: OrderEncoderOptions) {
    this.instruments = [...instruments];
    this.places = placesByIndex(instruments);
    this.orderPrefix = Buffer.from(`s${options.namespace}-`);
    this.cancelPrefix = Buffer.from(`c${options.namespace}-`);
    const { credentials } = options;
    const hmac =
      credentials.kind === 'hmac'
        ? new HmacSha256(Buffer.from(credentials.apiSecret), options.room?.makeSha256())
        : null;
    hmac?.setPrefix(Buffer.from(`apiKey=${credentials.apiKey}&`));
    this.make = (method: string, params: readonly TemplateParam[]): RequestTemplate => {
      const isDefault = options.recvWindowMs === 0 || options.recvWindowMs === DEFAULT_RECV_WINDOW_MS;
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
    const { make } = this;
    const symbol = { name: 'symbol', value: instrument.symbol };
    for (let index = 0; index < TEMPLATES_PER_INSTRUMENT; index++) {
      const terms = orderParams(index);
      this.placements.push(make('order.place', [symbol, ...terms]));
      this.replacesByOrderId.push(make('order.cancelReplace', [symbol, ...replaceParams(true), ...terms]));
      this.replacesByClientId.push(make('order.cancelReplace', [symbol, ...replaceParams(false), ...terms]));
    }
    const cancelId = { name: 'newClientOrderId', field: FIELD.cancelId };
    const orderId = { name: 'orderId', field: FIELD.targetOrderId };
    const clientId = { name: 'origClientOrderId', field: FIELD.targetClientId };
    this.cancelsByOrderId.push(make('order.cancel', [symbol, orderId, cancelId, TIMESTAMP]));
    this.cancelsByClientId.push(make('order.cancel', [symbol, clientId, cancelId, TIMESTAMP]));
  }

  /** A new order. Takes requestId, timestamp, clientId, price, qty. */
  place(instrumentIndex: number, side: number, orderType: number, timeInForce: number): Buffer | null {
    const index = templateIndex(side, orderType, timeInForce);
    if (index < 0) return null;
    const template = this.placements[this.places[instrumentIndex] * TEMPLATES_PER_INSTRUMENT + index];
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
   * Cancels one order and, only if that worked, places another (cancelReplaceMode STOP_ON_FAILURE). Takes what `place`
   * and `cancel` take.
   */
  replace(instrumentIndex: number, side: number, orderType: number, timeInForce: number): Buffer | null {
    const index = templateIndex(side, orderType, timeInForce);
    if (index < 0) return null;
    const isByOrderId = this.values[FIELD.targetOrderId] > 0;
    const templates = isByOrderId ? this.replacesByOrderId : this.replacesByClientId;
    const template = templates[this.places[instrumentIndex] * TEMPLATES_PER_INSTRUMENT + index];
    this.writeTarget(template, isByOrderId);
    this.writeTerms(template, instrumentIndex, orderType);
    template.sign();
    return template.bytes;
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
    values[FIELD.cancelId] = values[FIELD.targetClientId];
    template.setClientId(FIELD.cancelId, this.cancelPrefix, values);
  }
}

const TIMESTAMP: TemplateParam = { name: 'timestamp', field: FIELD.timestamp };

function orderParams(index: number): TemplateParam[] {
  const variant = VARIANTS[index >> 1];
  return [
    { name: 'side', value: (index & 1) === 0 ? 'BUY' : 'SELL' },
    { name: 'type', value: variant.type },
    ...(variant.timeInForce === null ? [] : [{ name: 'timeInForce', value: variant.timeInForce }]),
    ...(variant.hasPrice ? [{ name: 'price', field: FIELD.price }] : []),
    { name: 'quantity', field: FIELD.qty },
    { name: 'newClientOrderId', field: FIELD.clientId },
    { name: 'newOrderRespType', value: 'ACK' },
    TIMESTAMP,
  ];
}

/**
 * Every cancel names the id the order is known under afterwards (the venue would make one up): derived from the intent,
 * so that a cancelled order can be found and recognised after a loss of memory.
 */
function replaceParams(isByOrderId: boolean): TemplateParam[] {
  return [
    { name: 'cancelReplaceMode', value: 'STOP_ON_FAILURE' },
    isByOrderId
      ? { name: 'cancelOrderId', field: FIELD.targetOrderId }
      : { name: 'cancelOrigClientOrderId', field: FIELD.targetClientId },
    { name: 'cancelNewClientOrderId', field: FIELD.cancelId },
  ];
}

// hot path: no allocation after start
import { placesByIndex } from '../../../engine/core/instrument.ts';
import type { Instrument } from '../../../engine/core/instrument.ts';
import type { VenueContext } from '../../../engine/execution/venue-port.ts';
import { VENUE_COUNTER } from '../../../engine/execution/venue-port.ts';
import { REASON } from '../../../engine/messages/enums.ts';
import { baseFeeToCash, COMMISSION_DECIMALS, quoteFeeToCash } from '../account/fee-cash.ts';
import type { ClientIdReader } from '../request/client-id.ts';
import type { ScannedValues } from '../scan/scanned-values.ts';

const text = (characters: string): Uint8Array => Buffer.from(characters);

/**
 * Which instrument and which order of ours the values of a report mean, and what they are in lots, ticks and cash units.
 * One thread; nothing here allocates.
 */
export class ReportLookup {
  private readonly context: VenueContext;
  private readonly clientIds: ClientIdReader;
  private readonly symbols: Uint8Array[];
  private readonly baseAssets: Uint8Array[];
  private readonly quoteAssets: Uint8Array[];
  private readonly places: Int32Array;
  /** Place of the last report's instrument: most reports are of the same one as the report before. */
  private lastPlace: number;

  constructor(context: VenueContext, clientIds: ClientIdReader) {
    const { instruments } = context;
    this.context = context;
    this.clientIds = clientIds;
    this.symbols = instruments.map((instrument) => text(instrument.symbol));
    this.baseAssets = instruments.map((instrument) => text(instrument.baseAsset));
    this.quoteAssets = instruments.map((instrument) => text(instrument.quoteAsset));
    this.places = placesByIndex(instruments);
    this.lastPlace = 0;
  }

  /** Takes in the instrument that was last added to the context's list. */
  addInstrument(instrument: Instrument): void {
    this.places[instrument.index] = this.symbols.length;
    this.symbols.push(text(instrument.symbol));
    this.baseAssets.push(text(instrument.baseAsset));
    this.quoteAssets.push(text(instrument.quoteAsset));
  }

  /** Index of the instrument whose symbol stands at this place; -1 when it is none of ours. */
  instrumentOf(values: ScannedValues, symbolAt: number): number {
    const { symbols } = this;
    const { instruments } = this.context;
    if (symbols.length > 0 && values.isText(symbolAt, symbols[this.lastPlace]))
      return instruments[this.lastPlace].index;
    for (let place = 0; place < symbols.length; place++) {
      if (!values.isText(symbolAt, symbols[place])) continue;
      this.lastPlace = place;
      return instruments[place].index;
    }
    return -1;
  }

  /** The intent in the client id at this place; 0 when it is not ours. */
  intentOf(values: ScannedValues, bytes: Uint8Array, clientIdAt: number): number {
    return this.clientIds.intentSeq(bytes, values.fromOf(clientIdAt), values.toOf(clientIdAt));
  }

  /** The slot of an order of ours, by its intent or, where that is 0, by the venue's id; -1 = not ours. */
  slotOf(intentSeq: number, instrumentIndex: number, orderId: number): number {
    const { orders } = this.context;
    if (intentSeq !== 0) return orders.slotOfIntent(intentSeq);
    return orderId > 0 ? orders.slotOfVenueOrder(instrumentIndex, orderId) : -1;
  }

  /** A size in lots; NaN when it is none. */
  lots(values: ScannedValues, place: number, instrumentIndex: number): number {
    const instrument = this.context.instruments[this.places[instrumentIndex]];
    const lots = values.units(place, instrument.qtyDecimals) / instrument.lotUnits;
    return Number.isInteger(lots) ? lots : NaN;
  }

  /** A price in ticks; NaN when it is none. */
  ticks(values: ScannedValues, place: number, instrumentIndex: number): number {
    const instrument = this.context.instruments[this.places[instrumentIndex]];
    const ticks = values.units(place, instrument.priceDecimals) / instrument.tickUnits;
    return Number.isInteger(ticks) ? ticks : NaN;
  }

  /** A fee in the instrument's cash units, rounded up; 0, and counted, when its asset cannot be converted. */
  feeCash(
    values: ScannedValues,
    feeAt: number,
    assetAt: number,
    instrumentIndex: number,
    priceTicks: number,
  ): number {
    const feeUnits = values.units(feeAt, COMMISSION_DECIMALS);
    if (feeUnits === 0) return 0;
    const place = this.places[instrumentIndex];
    const instrument = this.context.instruments[place];
    if (feeUnits === feeUnits) {
      if (values.isText(assetAt, this.quoteAssets[place])) return quoteFeeToCash(instrument, feeUnits);
      if (values.isText(assetAt, this.baseAssets[place]))
        return baseFeeToCash(instrument, feeUnits, priceTicks);
    }
    this.context.counters.increment(VENUE_COUNTER.venueFeesUnconverted);
    return 0;
  }

  /** A report that cannot be read: if it is of an order of ours, the venue has to be asked about it. */
  lose(slot: number, recvNs: number): void {
    this.context.counters.increment(VENUE_COUNTER.venueMalformedFrames);
    if (slot >= 0) this.context.events.onAmbiguous(slot, REASON.ackTimeout, 0, recvNs);
  }
}

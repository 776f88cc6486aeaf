import type { Clock } from '../core/clock.ts';
import { cashToText, lotsToQty, ticksToPrice, instrumentName } from '../core/instrument.ts';
import type { Instrument } from '../core/instrument.ts';
import type { VenueIdTexts } from '../execution/venue-id-reader.ts';
import {
  CONNECTION_CHANGED,
  ConnectionChanged,
  FILL,
  Fill,
  GAP_RECORD,
  GapRecord,
  ORDER_UPDATE,
  OrderUpdate,
  EXPLANATION,
  Explanation,
  SIGNAL,
  SIGNAL_OUTCOME,
  Signal,
  SignalOutcome,
  TRADE_TICK,
  TradeTick,
} from '../messages/codecs.ts';
import type { CodecView } from '../messages/codec-view.ts';
import {
  CONNECTION_KIND,
  CONNECTION_STATE,
  GAP_REASON,
  nameOf,
  ORDER_STATE,
  ORDER_TYPE,
  REASON,
  SIDE,
  SIGNAL_OUTCOME as OUTCOMES,
  TIME_IN_FORCE,
} from '../messages/enums.ts';
import type { EventTopicName } from './telemetry-protocol.ts';

/** A record as telemetry shows it, and where. */
export interface ProjectedEvent {
  readonly topic: EventTopicName;
  readonly event: Readonly<Record<string, unknown>>;
}

/** The topic records of this type belong to; null = the api does not show them as events. */
export function topicOfRecord(type: number): EventTopicName | null {
  switch (type) {
    case ORDER_UPDATE:
      return 'orders';
    case FILL:
      return 'fills';
    case SIGNAL:
    case SIGNAL_OUTCOME:
    case EXPLANATION:
      return 'signals';
    case TRADE_TICK:
      return 'trades';
    case CONNECTION_CHANGED:
    case GAP_RECORD:
      return 'log';
    default:
      return null;
  }
}

/**
 * Turns ring records into the plain objects of the event topics: numbers become decimal text of the instrument, enums
 * become names, monoNs becomes epoch milliseconds. Api thread; allocates.
 */
export class EventProjector {
  private readonly instruments: readonly Instrument[];
  private readonly clock: Clock;
  private readonly venueIds: VenueIdTexts;
  private readonly orderUpdate: OrderUpdate = new OrderUpdate();
  private readonly fill: Fill = new Fill();
  private readonly signal: Signal = new Signal();
  private readonly outcome: SignalOutcome = new SignalOutcome();
  private readonly explanation: Explanation = new Explanation();
  private readonly trade: TradeTick = new TradeTick();
  private readonly connection: ConnectionChanged = new ConnectionChanged();
  private readonly gap: GapRecord = new GapRecord();

  constructor(instruments: readonly Instrument[], clock: Clock, venueIds: VenueIdTexts) {
    this.instruments = instruments;
    this.venueIds = venueIds;
    this.clock = clock;
  }

  /** The record as an event, or null when it is of no type shown, or names no instrument of this run. */
  project(type: number, view: CodecView, byteOffset: number): ProjectedEvent | null {
    const topic = topicOfRecord(type);
    if (topic === null) return null;
    const event = this.eventOf(type, view, byteOffset);
    return event === null ? null : { topic, event };
  }

  /** Epoch milliseconds of a moment in monoNs. */
  epochMs(atNs: number): number {
    return (this.clock.epochUs() - (this.clock.nowNs() - atNs) / 1000) / 1000;
  }

  private eventOf(type: number, view: CodecView, byteOffset: number): Record<string, unknown> | null {
    switch (type) {
      case ORDER_UPDATE:
        return this.ofOrder(this.orderUpdate.wrap(view, byteOffset));
      case FILL:
        return this.ofFill(this.fill.wrap(view, byteOffset));
      case SIGNAL:
        return this.ofSignal(this.signal.wrap(view, byteOffset));
      case SIGNAL_OUTCOME:
        return this.ofOutcome(this.outcome.wrap(view, byteOffset));
      case EXPLANATION:
        return this.ofExplanation(this.explanation.wrap(view, byteOffset));
      case TRADE_TICK:
        return this.ofTrade(this.trade.wrap(view, byteOffset));
      case CONNECTION_CHANGED:
        return this.ofConnection(this.connection.wrap(view, byteOffset));
      case GAP_RECORD:
        return this.ofGap(this.gap.wrap(view, byteOffset));
      default:
        return null;
    }
  }

  private ofOrder(order: OrderUpdate): Record<string, unknown> | null {
    const instrument = this.instruments[order.instrumentIndex];
    if (instrument === undefined) return null;
    return {
      atMs: this.epochMs(order.eventNs),
      symbol: instrumentName(instrument),
      intentSeq: order.intentSeq,
      venueOrderId: this.venueIds.shown(order.venueOrderId),
      strategyIndex: order.strategyIndex,
      side: nameOf(SIDE, order.side),
      type: nameOf(ORDER_TYPE, order.orderType),
      timeInForce: nameOf(TIME_IN_FORCE, order.timeInForce),
      price: ticksToPrice(instrument, order.priceTicks),
      qty: lotsToQty(instrument, order.qtyLots),
      cumQty: lotsToQty(instrument, order.cumQtyLots),
      state: nameOf(ORDER_STATE, order.state),
      previousState: nameOf(ORDER_STATE, order.previousState),
      reason: nameOf(REASON, order.reason),
      venueCode: order.venueCode,
    };
  }

  private ofFill(fill: Fill): Record<string, unknown> | null {
    const instrument = this.instruments[fill.instrumentIndex];
    if (instrument === undefined) return null;
    return {
      atMs: this.epochMs(fill.eventNs),
      symbol: instrumentName(instrument),
      fillSeq: fill.fillSeq,
      intentSeq: fill.intentSeq,
      venueOrderId: this.venueIds.shown(fill.venueOrderId),
      venueTradeId: this.venueIds.shown(fill.venueTradeId),
      strategyIndex: fill.strategyIndex,
      side: nameOf(SIDE, fill.side),
      price: ticksToPrice(instrument, fill.priceTicks),
      qty: lotsToQty(instrument, fill.qtyLots),
      cumQty: lotsToQty(instrument, fill.cumQtyLots),
      fee: cashToText(instrument, fill.feeCash),
      isMaker: fill.isMaker === 1,
    };
  }

  private ofSignal(signal: Signal): Record<string, unknown> | null {
    const instrument = this.instruments[signal.instrumentIndex];
    if (instrument === undefined) return null;
    return {
      atMs: this.epochMs(signal.eventNs),
      symbol: instrumentName(instrument),
      strategyIndex: signal.strategyIndex,
      side: signal.side === 0 ? 'flat' : nameOf(SIDE, signal.side),
      strength: signal.strength,
      priceTicks: signal.priceTicks,
      label: signal.label,
      ...(signal.signalSeq === 0 ? {} : this.planOf(signal, instrument)),
    };
  }

  /** Of a signal that is to be traded. */
  private planOf(signal: Signal, instrument: Instrument): Record<string, unknown> {
    const price = (ticks: number): string | null => (ticks === 0 ? null : ticksToPrice(instrument, ticks));
    return {
      signalSeq: signal.signalSeq,
      confidence: signal.confidence,
      entry: price(signal.priceTicks),
      stop: price(signal.stopTicks),
      target: price(signal.targetTicks),
      score: signal.score,
      class: signal.viewClass,
      alignment: signal.alignment,
      reasons: signal.reasons,
      expiresAtMs: signal.expiresNs === 0 ? null : this.epochMs(signal.expiresNs),
    };
  }

  private ofOutcome(outcome: SignalOutcome): Record<string, unknown> | null {
    const instrument = this.instruments[outcome.instrumentIndex];
    if (instrument === undefined) return null;
    return {
      atMs: this.epochMs(outcome.eventNs),
      symbol: instrumentName(instrument),
      strategyIndex: outcome.strategyIndex,
      signalSeq: outcome.signalSeq,
      outcome: nameOf(OUTCOMES, outcome.outcome),
      intentSeq: outcome.orderId,
    };
  }

  private ofExplanation(said: Explanation): Record<string, unknown> | null {
    const instrument = this.instruments[said.instrumentIndex];
    if (instrument === undefined) return null;
    const all = [
      [said.name0, said.value0],
      [said.name1, said.value1],
      [said.name2, said.value2],
      [said.name3, said.value3],
    ];
    return {
      atMs: this.epochMs(said.eventNs),
      symbol: instrumentName(instrument),
      strategyIndex: said.strategyIndex,
      explains: said.why,
      inputs: Object.fromEntries(all.slice(0, said.valueCount)) as Record<string, number>,
      repeats: said.repeats,
    };
  }

  private ofTrade(trade: TradeTick): Record<string, unknown> | null {
    const instrument = this.instruments[trade.instrumentIndex];
    if (instrument === undefined) return null;
    return {
      atMs: this.epochMs(trade.recvNs),
      exchangeTsMs: trade.exchangeTsMs,
      symbol: instrumentName(instrument),
      tradeId: trade.tradeId,
      side: nameOf(SIDE, trade.side),
      price: ticksToPrice(instrument, trade.priceTicks),
      qty: lotsToQty(instrument, trade.qtyLots),
    };
  }

  private ofConnection(connection: ConnectionChanged): Record<string, unknown> {
    const isLive = connection.state === CONNECTION_STATE.live;
    return {
      atMs: this.epochMs(connection.eventNs),
      level: isLive ? 'info' : 'warn',
      source: 'connection',
      message: `${nameOf(CONNECTION_KIND, connection.kind)} is ${nameOf(CONNECTION_STATE, connection.state)}`,
      attempt: connection.attempt,
    };
  }

  private ofGap(gap: GapRecord): Record<string, unknown> | null {
    const instrument = this.instruments[gap.instrumentIndex];
    if (instrument === undefined) return null;
    return {
      atMs: this.epochMs(gap.eventNs),
      level: 'warn',
      source: 'gap',
      symbol: instrumentName(instrument),
      message: `${instrumentName(instrument)}: data is missing (${nameOf(GAP_REASON, gap.reason)})`,
      expectedUpdateId: gap.expectedUpdateId,
      gotUpdateId: gap.gotUpdateId,
    };
  }
}

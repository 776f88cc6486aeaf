import type { Sessions } from './access/sessions.ts';
import type { CommandResult } from '../control/command.ts';
import type { Clock } from '../core/clock.ts';
import { instrumentName, lotsToQty, ticksToPrice } from '../core/instrument.ts';
import type { Instrument } from '../core/instrument.ts';
import type { OrderTableReader } from '../execution/order-table.ts';
import type { VenueIdTexts } from '../execution/venue-id-reader.ts';
import { nameOf, ORDER_STATE, ORDER_TYPE, REASON, SIDE, TIME_IN_FORCE } from '../messages/enums.ts';
import type { EngineQuery, EngineView, GivenCommand } from './engine-view.ts';
import type { EngineStats, LatencyReport } from './engine-stats.ts';
import { EventHistory } from './event-history.ts';
import { HaltWatch } from './halt-watch.ts';
import type { HealthLimits, HealthReport } from './health.ts';
import { healthy, ready } from './health.ts';
import { instrumentNamed } from './http/symbol-names.ts';
import type { MainLine } from './main-line.ts';
import type { ContextReading, HistoricalBars } from './market-past.ts';
import { OrderHistory } from './order-history.ts';
import type { OrderView } from './order-history.ts';
import type { SharedState } from './shared-state.ts';
import type { EventTopicName } from './telemetry-protocol.ts';

/** What the endpoints need that lies outside of the api: the composition root hands it over. */
export interface EngineSources {
  readonly identity: EngineView['identity'];
  readonly orderTables: readonly OrderTableReader[];
  strategyName(index: number): string;
  timeframes(): ReturnType<EngineView['timeframes']>;
  bars: EngineView['bars'];
  context: EngineView['context'];
  outputOf: EngineView['outputOf'];
  report: EngineView['report'];
  portfolio: EngineView['portfolio'];
}

/** What the window looks at. */
export interface EngineWindowOptions {
  readonly shared: SharedState;
  readonly venueIds: VenueIdTexts;
  readonly limits: HealthLimits;
  readonly sources: EngineSources;
  readonly line: MainLine;
  readonly stats: () => EngineStats | null;
  readonly latency: () => Promise<LatencyReport | null>;
  readonly metrics: EngineView['metrics'];
  readonly sessions: () => Promise<Sessions>;
  readonly wantTrades: () => void;
  readonly epochMs: (atNs: number) => number;
}

/** The engine as the endpoints see it. Api thread. */
export class EngineWindow implements EngineView {
  readonly identity: EngineView['identity'];
  readonly clock: Clock;
  readonly shared: SharedState;
  readonly history: EventHistory = new EventHistory();
  readonly orders: OrderHistory;
  private readonly options: EngineWindowOptions;
  private readonly halts: HaltWatch;

  constructor(options: EngineWindowOptions) {
    const { shared, sources } = options;
    this.options = options;
    this.shared = shared;
    this.identity = sources.identity;
    this.clock = shared.options.clock;
    this.halts = new HaltWatch(shared.options.trading, this.clock);
    const ofName = (name: string): Instrument | undefined =>
      shared.options.instruments.find((each) => instrumentName(each) === name);
    this.orders = new OrderHistory({
      strategyOf: (index) => sources.strategyName(index),
      venueOf: (name) => ofName(name)?.venue ?? '',
      feeAssetOf: (name) => ofName(name)?.feeAsset ?? ofName(name)?.quoteAsset ?? '',
    });
  }

  /** Takes an event of the telemetry feed. */
  take(topic: EventTopicName, event: Readonly<Record<string, unknown>>): void {
    if (topic === 'orders') this.orders.takeOrder(event);
    else if (topic === 'fills') this.orders.takeFill(event);
    this.history.push(topic, event);
  }

  instruments(): readonly Instrument[] {
    const { instruments, isTraded } = this.shared.options;
    return instruments.filter(({ index }) => isTraded?.(index) !== false);
  }

  named(symbol: string): Instrument {
    return instrumentNamed(this.instruments(), symbol);
  }

  nameOf(instrument: Instrument): string {
    return instrumentName(instrument);
  }

  allOrders(): { readonly seq: number; readonly view: OrderView }[] {
    for (const table of this.options.sources.orderTables) {
      table.forEachOpen((slot) => {
        const event = this.openOrder(table, slot);
        if (event !== null) this.orders.seed(event);
      });
    }
    return this.orders.orders().toSorted((a, b) => a.seq - b.seq);
  }

  sessions(): Promise<Sessions> {
    return this.options.sessions();
  }

  stats(): EngineStats | null {
    return this.options.stats();
  }

  latency(): Promise<LatencyReport | null> {
    return this.options.latency();
  }

  healthy(): HealthReport {
    return healthy(this.shared, this.options.limits);
  }

  ready(): HealthReport {
    return ready(this.shared, this.options.limits);
  }

  metrics(): ReturnType<EngineView['metrics']> {
    return this.options.metrics();
  }

  timeframes(): ReturnType<EngineView['timeframes']> {
    return this.options.sources.timeframes();
  }

  pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }

  wantTrades(): void {
    this.options.wantTrades();
  }

  ask(what: EngineQuery, about?: string): Promise<unknown> {
    return this.options.line.ask(what, about);
  }

  give(command: GivenCommand, waitMs: number): Promise<CommandResult | null> {
    return this.options.line.give(command, waitMs);
  }

  haltId(): string | null {
    return this.halts.look();
  }

  bars(
    instrument: Instrument,
    timeframe: string,
    fromMs: number,
    toMs: number,
  ): Promise<HistoricalBars | null> {
    return this.options.sources.bars(instrument, timeframe, fromMs, toMs);
  }

  context(instrument: Instrument): ContextReading {
    return this.options.sources.context(instrument);
  }

  outputOf(context: unknown, instrument: Instrument): Promise<object | string> {
    return this.options.sources.outputOf(context, instrument);
  }

  portfolio(facts: unknown): Promise<object | null> {
    return this.options.sources.portfolio(facts);
  }

  report(instrument: Instrument, form: 'json' | 'html'): Promise<string | null> {
    return this.options.sources.report(instrument, form);
  }

  /** An open order out of the table; null when its slot was given to another order meanwhile. */
  private openOrder(table: OrderTableReader, slot: number): Readonly<Record<string, unknown>> | null {
    const intentSeq = table.intentSeq[slot];
    const instrument = this.shared.options.instruments[table.instrumentIndex[slot]];
    if (instrument === undefined) return null;
    const event = {
      atMs: this.options.epochMs(table.submittedNs[slot]),
      symbol: instrumentName(instrument),
      intentSeq,
      venueOrderId: this.options.venueIds.shown(table.venueOrderId[slot]),
      strategyIndex: table.strategyIndex[slot],
      side: nameOf(SIDE, table.side[slot]),
      type: nameOf(ORDER_TYPE, table.orderType[slot]),
      timeInForce: nameOf(TIME_IN_FORCE, table.timeInForce[slot]),
      price: ticksToPrice(instrument, table.priceTicks[slot]),
      qty: lotsToQty(instrument, table.qtyLots[slot]),
      cumQty: lotsToQty(instrument, table.cumQtyLots[slot]),
      state: nameOf(ORDER_STATE, table.state[slot]),
      reason: nameOf(REASON, table.reason[slot]),
      venueCode: table.venueCode[slot],
    };
    return table.intentSeq[slot] === intentSeq ? event : null;
  }
}

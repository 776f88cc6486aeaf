import type { Instrument } from '../../core/instrument.ts';
import { cashUnitValue } from '../../core/instrument.ts';
import { isTerminalState } from '../../execution/order-table.ts';
import type { RecordView } from '../../ipc/ring.ts';
import { FILL, Fill, ORDER_UPDATE, OrderUpdate, SIGNAL, Signal } from '../../messages/codecs.ts';
import { nameOf, ORDER_STATE, SIDE } from '../../messages/enums.ts';
import { PositionReader, unrealisedCash } from '../../risk/positions.ts';
import type { RingListeners } from '../replay/replay-session.ts';
import type { BookWatch } from '../run/book-watch.ts';
import type { Wiring } from '../threads/wiring.ts';
import type { FundingSchedule } from './funding-schedule.ts';
import { MARKOUT_MS } from './run-log.ts';
import type { Decision, EquityPoint, LoggedFill, LoggedOrder, RunLog } from './run-log.ts';

/** What a run is looked at through, known once its session is made. */
export interface RunView {
  readonly wiring: Wiring;
  readonly books: BookWatch;
  readonly instruments: readonly Instrument[];
}

/**
 * Writes the log of one run. `listeners` go to the session, which calls them right after each turn, so that the mid of a
 * fill is that of its moment. `tick` is called before each frame. On the session's thread.
 */
export class RunRecorder {
  readonly listeners: RingListeners;
  private readonly sampleNs: number;
  private readonly funding: FundingSchedule | null;
  private funded = 0;
  private readonly fills: LoggedFill[] = [];
  private readonly orders: LoggedOrder[] = [];
  private readonly byIntent: Map<number, LoggedOrder> = new Map();
  private readonly equity: EquityPoint[] = [];
  private readonly decisions: Decision[] = [];
  private readonly fill: Fill = new Fill();
  private readonly update: OrderUpdate = new OrderUpdate();
  private readonly signal: Signal = new Signal();
  private readonly lastMids: number[] = [];
  /** Per markout, the first fill that still waits for it. */
  private readonly owed: number[] = MARKOUT_MS.map(() => 0);
  private view: RunView | null = null;
  private positions: PositionReader | null = null;
  private nextSampleNs = 0;
  private nextLookNs = Infinity;
  private signalCount = 0;

  /** @param sampleNs distance of the points of the equity curve; @param funding what perpetuals pay, or null */
  constructor(sampleNs: number, funding: FundingSchedule | null) {
    this.sampleNs = sampleNs;
    this.funding = funding;
    this.listeners = {
      'execution-to-journal': (type, view, at) => this.onExecution(type, view, at),
      'risk-to-journal': (type, view, at) => this.onRisk(type, view, at),
      'strategy-to-journal': (type, view, at) => this.onStrategy(type, view, at),
    };
  }

  attach(view: RunView): void {
    this.view = view;
    this.positions = new PositionReader(view.wiring.buffer, view.wiring.region('state:positions'));
    for (const { index } of view.instruments) this.lastMids[index] = NaN;
  }

  /** The next frame arrives at `nowNs`: notes what stood at every moment up to there that is looked at. */
  tick(nowNs: number): void {
    if (nowNs < this.nextLookNs && nowNs < this.nextSampleNs) return;
    this.look(nowNs);
    this.fund(nowNs);
    for (; this.nextSampleNs <= nowNs; this.nextSampleNs += this.sampleNs) this.sample(this.nextSampleNs);
  }

  /** The end of the data. */
  finish(endNs: number): RunLog {
    this.look(endNs);
    this.fund(endNs);
    this.sample(endNs);
    const { fills, orders, equity, decisions, signalCount, funded, lastMids } = this;
    const fees = this.feesPaid();
    const gross = equity.at(-1)!.equity + fees - funded;
    return { fills, orders, equity, decisions, signalCount, funding: funded, gross, markTicks: lastMids };
  }

  private feesPaid(): number {
    let fees = 0;
    for (const instrument of this.view!.instruments) {
      this.positions!.read(instrument.index);
      fees += this.positions!.feesCash * cashUnitValue(instrument);
    }
    return fees;
  }

  /** Pays what fell due: positions as they are, at the mid. The points of the curve are dense enough for the moment. */
  private fund(nowNs: number): void {
    if (this.funding === null) return;
    for (let rate = this.funding.due(nowNs); rate !== null; rate = this.funding.due(nowNs)) {
      for (const instrument of this.view!.instruments) {
        this.positions!.read(instrument.index);
        const { netLots } = this.positions!;
        if (netLots !== 0)
          this.funded -= netLots * this.mid(instrument.index) * rate * cashUnitValue(instrument);
      }
    }
  }

  private sample(atNs: number): void {
    const reader = this.positions!;
    let equity = this.funded;
    let exposure = 0;
    for (const instrument of this.view!.instruments) {
      reader.read(instrument.index);
      const { netLots, costCash, realisedCash, feesCash } = reader;
      const mid = this.mid(instrument.index);
      const open = netLots === 0 || Number.isNaN(mid) ? 0 : unrealisedCash(netLots, costCash, mid);
      const unit = cashUnitValue(instrument);
      equity += (realisedCash - feesCash + open) * unit;
      if (netLots !== 0 && !Number.isNaN(mid)) exposure += Math.abs(netLots) * mid * unit;
    }
    this.equity.push({ atNs, equity, exposure, midTicks: this.mid(this.view!.instruments[0].index) });
  }

  /** The mid, or the last one where the book is hidden. */
  private mid(instrumentIndex: number): number {
    const mid = this.view!.books.midTicks(instrumentIndex);
    if (mid !== null) this.lastMids[instrumentIndex] = mid;
    return this.lastMids[instrumentIndex];
  }

  /** Fills in markouts that are due: the mid stands until the next frame. */
  private look(nowNs: number): void {
    let nextNs = Infinity;
    for (const [place, afterMs] of MARKOUT_MS.entries()) {
      while (this.owed[place] < this.fills.length) {
        const fill = this.fills[this.owed[place]];
        const dueNs = fill.atNs + afterMs * 1e6;
        if (dueNs > nowNs) {
          nextNs = Math.min(nextNs, dueNs);
          break;
        }
        const sign = fill.side === SIDE.buy ? 1 : -1;
        fill.markoutTicks[place] = (this.mid(fill.instrumentIndex) - fill.midTicks) * sign;
        this.owed[place]++;
      }
    }
    this.nextLookNs = nextNs;
  }

  private onExecution(type: number, view: RecordView, at: number): void {
    if (type === FILL) this.takeFill(this.fill.wrap(view, at));
    else if (type === ORDER_UPDATE) this.takeUpdate(this.update.wrap(view, at));
  }

  private onRisk(type: number, view: RecordView, at: number): void {
    if (type === ORDER_UPDATE) this.takeUpdate(this.update.wrap(view, at));
  }

  private onStrategy(type: number, view: RecordView, at: number): void {
    if (type !== SIGNAL) return;
    const { eventNs, instrumentIndex, side, strength, priceTicks, label } = this.signal.wrap(view, at);
    this.signalCount++;
    this.decisions.push({
      atNs: eventNs,
      text: `signal ${label} ${instrumentIndex} ${side} ${strength} ${priceTicks}`,
    });
  }

  private takeFill(fill: Fill): void {
    const { intentSeq, instrumentIndex, strategyIndex, side, priceTicks, qtyLots, feeCash, eventNs } = fill;
    this.fills.push({
      atNs: eventNs,
      intentSeq,
      instrumentIndex,
      strategyIndex,
      side,
      priceTicks,
      qtyLots,
      feeCash,
      isMaker: fill.isMaker === 1,
      midTicks: this.mid(instrumentIndex),
      markoutTicks: MARKOUT_MS.map(() => NaN),
    });
    this.nextLookNs = Math.min(this.nextLookNs, eventNs + MARKOUT_MS[0] * 1e6);
    const order = this.byIntent.get(intentSeq);
    if (order !== undefined && Number.isNaN(order.firstFillNs)) order.firstFillNs = eventNs;
  }

  private takeUpdate(update: OrderUpdate): void {
    const { intentSeq, state, reason, cumQtyLots, eventNs } = update;
    let order = this.byIntent.get(intentSeq);
    if (order === undefined) {
      order = this.newOrder(update);
      this.byIntent.set(intentSeq, order);
      this.orders.push(order);
      const terms = `${order.side} ${order.orderType} ${order.timeInForce} ${order.priceTicks} ${order.qtyLots}`;
      this.decisions.push({ atNs: eventNs, text: `order ${order.instrumentIndex} ${terms}` });
    } else if (state === ORDER_STATE.pendingCancel || state === ORDER_STATE.pendingReplace) {
      const terms = `${order.instrumentIndex} ${order.side} ${order.priceTicks} ${order.qtyLots}`;
      this.decisions.push({ atNs: eventNs, text: `${nameOf(ORDER_STATE, state)} ${terms}` });
    }
    order.state = state;
    order.reason = reason;
    order.cumQtyLots = cumQtyLots;
    if (isTerminalState(state)) order.endNs = eventNs;
  }

  private newOrder(update: OrderUpdate): LoggedOrder {
    const { intentSeq, instrumentIndex, strategyIndex, side, orderType, timeInForce } = update;
    const { priceTicks, qtyLots, eventNs, state, reason } = update;
    return {
      intentSeq,
      instrumentIndex,
      strategyIndex,
      side,
      orderType,
      timeInForce,
      priceTicks,
      qtyLots,
      sentNs: eventNs,
      midTicks: this.mid(instrumentIndex),
      state,
      reason,
      cumQtyLots: 0,
      firstFillNs: NaN,
      endNs: NaN,
    };
  }
}

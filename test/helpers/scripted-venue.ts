import { CONNECTION_KIND, CONNECTION_STATE, ORDER_STATE, REASON, SIDE } from '../../engine/messages/enums.ts';
import { SEND } from '../../engine/execution/venue-port.ts';
import type { VenueContext, VenueGateway } from '../../engine/execution/venue-port.ts';

/** An order as the venue knows it: the truth the engine is compared with. */
export interface VenueOrder {
  readonly intentSeq: number;
  readonly instrumentIndex: number;
  readonly side: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly orderId: number;
  filledLots: number;
  isWorking: boolean;
}

/** A trade as the venue knows it; intentSeq 0 = somebody else's. */
export interface VenueTrade {
  readonly id: number;
  readonly intentSeq: number;
  readonly instrumentIndex: number;
  readonly side: number;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly orderId: number;
  readonly cumLots: number;
}

type Message = (gateway: ScriptedGateway) => void;

const FEE_CASH = 3;

/** A venue turned by hand: requests arrive, answers leave, both can be lost, repeated or overtake each other. */
export class ScriptedVenue {
  readonly orders: Map<number, VenueOrder> = new Map();
  readonly trades: VenueTrade[] = [];
  /** How often a placement of an intent arrived. */
  readonly placements: Map<number, number> = new Map();
  /** Requests on their way to the venue, in order. */
  inbox: (() => void)[] = [];
  /** Answers on their way to the engine. */
  wire: Message[] = [];
  isUp = true;
  /** The next placements are refused by the venue. */
  refusePlacements = 0;
  gateway: ScriptedGateway | null = null;
  private nextOrderId = 1000;
  private nextTradeId = 5000;

  place(intentSeq: number, instrumentIndex: number, side: number, priceTicks: number, qtyLots: number): void {
    this.placements.set(intentSeq, (this.placements.get(intentSeq) ?? 0) + 1);
    if (this.refusePlacements > 0) {
      this.refusePlacements--;
      this.send((to) => to.events.onRejected(to.slotOf(intentSeq), REASON.venueRejected, -2010, to.nowNs()));
      return;
    }
    const order: VenueOrder = {
      intentSeq,
      instrumentIndex,
      side,
      priceTicks,
      qtyLots,
      orderId: this.nextOrderId++,
      filledLots: 0,
      isWorking: true,
    };
    this.orders.set(intentSeq, order);
    this.send((to) => to.events.onAccepted(to.slotOf(intentSeq), order.orderId, 1, to.nowNs()));
  }

  cancel(intentSeq: number): void {
    const order = this.orders.get(intentSeq);
    if (order === undefined || !order.isWorking) {
      this.send((to) =>
        to.events.onCancelRejected(to.slotOf(intentSeq), REASON.unknownOrder, -2011, to.nowNs()),
      );
      return;
    }
    order.isWorking = false;
    const filled = order.filledLots;
    this.send((to) =>
      to.events.onEnded(to.slotOf(intentSeq), ORDER_STATE.canceled, REASON.none, filled, 1, to.nowNs()),
    );
  }

  /** The market trades against a working order. */
  fill(intentSeq: number, qtyLots: number): void {
    const order = this.orders.get(intentSeq);
    if (order === undefined || !order.isWorking) return;
    const lots = Math.min(qtyLots, order.qtyLots - order.filledLots);
    order.filledLots += lots;
    if (order.filledLots === order.qtyLots) order.isWorking = false;
    const { instrumentIndex, side, priceTicks, orderId } = order;
    this.addTrade({
      intentSeq,
      instrumentIndex,
      side,
      priceTicks,
      qtyLots: lots,
      orderId,
      cumLots: order.filledLots,
    });
  }

  /** Somebody else trades on the account. */
  outsideTrade(instrumentIndex: number, side: number, priceTicks: number, qtyLots: number): void {
    this.addTrade({ intentSeq: 0, instrumentIndex, side, priceTicks, qtyLots, orderId: 1, cumLots: qtyLots });
  }

  /** One request arrives; false when none was on its way. */
  takeRequest(): boolean {
    const request = this.inbox.shift();
    if (request === undefined) return false;
    request();
    return true;
  }

  /** Answer `index` of those on the wire arrives (modulo), perhaps for the first of two times. */
  deliver(index: number, isRepeated: boolean): boolean {
    if (this.wire.length === 0) return false;
    const at = index % this.wire.length;
    const message = this.wire[at];
    if (!isRepeated) this.wire.splice(at, 1);
    message(this.gateway!);
    return true;
  }

  /** The line breaks: `arrive` requests still get there, everything on the wire is lost. */
  disconnect(arrive: number): void {
    for (let count = 0; count < arrive; count++) this.takeRequest();
    this.inbox = [];
    this.wire = [];
    this.isUp = false;
    this.gateway!.announce();
  }

  connect(): void {
    this.isUp = true;
    this.gateway!.announce();
  }

  /** Signed lots the account has traded on an instrument. */
  netLots(instrumentIndex: number): number {
    return this.trades
      .filter((trade) => trade.instrumentIndex === instrumentIndex)
      .reduce((sum, trade) => sum + (trade.side === SIDE.buy ? trade.qtyLots : -trade.qtyLots), 0);
  }

  tradeMessage(trade: VenueTrade): Message {
    return (to) =>
      to.events.onFill(
        trade.intentSeq === 0 ? -1 : to.slotOf(trade.intentSeq),
        trade.instrumentIndex,
        trade.side,
        trade.orderId,
        trade.id,
        trade.priceTicks,
        trade.qtyLots,
        FEE_CASH,
        trade.cumLots,
        0,
        1,
        to.nowNs(),
      );
  }

  send(message: Message): void {
    if (this.isUp) this.wire.push(message);
  }

  private addTrade(trade: Omit<VenueTrade, 'id'>): void {
    const full: VenueTrade = { ...trade, id: this.nextTradeId++ };
    this.trades.push(full);
    this.send(this.tradeMessage(full));
  }
}

/** The gateway to a scripted venue; made anew for every incarnation of the execution actor. */
export class ScriptedGateway implements VenueGateway {
  readonly context: VenueContext;
  private readonly venue: ScriptedVenue;
  private isStarted = false;

  constructor(venue: ScriptedVenue, context: VenueContext) {
    this.venue = venue;
    this.context = context;
  }

  get events(): VenueContext['events'] {
    return this.context.events;
  }

  nowNs(): number {
    return this.context.clock.nowNs();
  }

  slotOf(intentSeq: number): number {
    return this.context.orders.slotOfIntent(intentSeq);
  }

  start(): void {
    this.venue.gateway = this;
    // The predecessor's socket died with it: what was on the wire is gone, what had left may still arrive.
    this.venue.wire = [];
    this.isStarted = true;
    this.announce();
  }

  announce(): void {
    if (!this.isStarted) return;
    const state = this.venue.isUp ? CONNECTION_STATE.live : CONNECTION_STATE.down;
    this.events.onConnection(CONNECTION_KIND.orderEntry, state, 0);
  }

  doWork(): number {
    return 0;
  }

  hasWork(): boolean {
    return false;
  }

  isReady(): boolean {
    return this.isStarted && this.venue.isUp;
  }

  place(slot: number): number {
    const { orders } = this.context;
    const seq = orders.intentSeq[slot];
    const [instrument, side] = [orders.instrumentIndex[slot], orders.side[slot]];
    const [price, qty] = [orders.priceTicks[slot], orders.qtyLots[slot]];
    return this.request(() => this.venue.place(seq, instrument, side, price, qty));
  }

  cancel(slot: number): number {
    const seq = this.context.orders.intentSeq[slot];
    return this.request(() => this.venue.cancel(seq));
  }

  replace(slot: number, replacedSlot: number): number {
    const { orders } = this.context;
    const [seq, old] = [orders.intentSeq[slot], orders.intentSeq[replacedSlot]];
    const [instrument, side] = [orders.instrumentIndex[slot], orders.side[slot]];
    const [price, qty] = [orders.priceTicks[slot], orders.qtyLots[slot]];
    return this.request(() => {
      const isWorking = this.venue.orders.get(old)?.isWorking === true;
      this.venue.cancel(old);
      if (isWorking) this.venue.place(seq, instrument, side, price, qty);
      else {
        this.venue.send((to) =>
          to.events.onRejected(to.slotOf(seq), REASON.tooLateToCancel, -2021, to.nowNs()),
        );
      }
    });
  }

  queryOrder(slot: number): number {
    const seq = this.context.orders.intentSeq[slot];
    return this.request(() => {
      const order = this.venue.orders.get(seq);
      if (order === undefined) {
        this.venue.send((to) => to.events.onNotFound(to.slotOf(seq), to.nowNs()));
        return;
      }
      const trades = this.venue.trades.filter((trade) => trade.intentSeq === seq);
      const state = order.isWorking
        ? ORDER_STATE.accepted
        : order.filledLots === order.qtyLots
          ? ORDER_STATE.filled
          : ORDER_STATE.canceled;
      const { orderId, filledLots } = order;
      this.venue.send((to) => {
        for (const trade of trades) this.venue.tradeMessage(trade)(to);
        to.events.onStatus(to.slotOf(seq), state, orderId, filledLots, 1, to.nowNs());
      });
    });
  }

  queryOpenOrders(instrumentIndex: number): number {
    return this.request(() => {
      this.venue.send((to) => to.events.onOpenOrdersEnd(instrumentIndex, to.nowNs()));
    });
  }

  queryFills(instrumentIndex: number, afterVenueTradeId: number): number {
    return this.request(() => {
      const trades = this.venue.trades.filter(
        (trade) => trade.instrumentIndex === instrumentIndex && trade.id > afterVenueTradeId,
      );
      this.venue.send((to) => {
        for (const trade of trades) this.venue.tradeMessage(trade)(to);
        to.events.onFillsEnd(instrumentIndex, to.nowNs());
      });
    });
  }

  dropConnections(): void {
    this.venue.disconnect(0);
  }

  close(): void {
    this.isStarted = false;
  }

  private request(arrive: () => void): number {
    if (!this.isReady()) return SEND.notConnected;
    this.venue.inbox.push(arrive);
    return SEND.sent;
  }
}

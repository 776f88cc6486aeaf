/**
 * What every venue's order gateway has to do, whatever the venue: the same sentences against every world. A new venue
 * passes them unchanged.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { GatewayOptions } from '../../../adapters/venue-kit/venue-descriptor.ts';
import { ENCODE_KIND, SEND } from '../../../engine/execution/venue-port.ts';
import type { VenueGateway } from '../../../engine/execution/venue-port.ts';
import {
  CONNECTION_KIND,
  CONNECTION_STATE,
  ORDER_STATE,
  REASON,
  SIDE,
} from '../../../engine/messages/enums.ts';
import type { OrderTerms } from '../../fixtures/venue-rig.ts';
import { until, VenueRig } from '../../fixtures/venue-rig.ts';
import type { ContractWorld } from './contract-world.ts';
import { restingBuy } from './contract-world.ts';

/** A gateway that is ready on a world. */
class Bench {
  readonly world: ContractWorld;
  readonly rig: VenueRig;
  readonly venue: VenueGateway;

  constructor(world: ContractWorld, options: Partial<GatewayOptions>) {
    this.world = world;
    this.rig = new VenueRig(world.instruments);
    this.venue = world.makeGateway(options)(this.rig.context);
  }

  now(): number {
    return this.rig.clock.nowNs();
  }

  wait(what: string, holds: () => boolean): Promise<void> {
    return until(what, holds, () => this.venue.doWork(Float64Array.of(this.now())));
  }

  clientId(slot: number): string {
    return `sshrike-${this.rig.orders.intentSeq[slot].toString(36)}`;
  }

  /** Places an order that rests; its slot. */
  async rest(over: Partial<OrderTerms> = {}): Promise<number> {
    const slot = this.rig.addOrder(restingBuy(this.world, over));
    expect(this.venue.place(slot, this.now())).toBe(SEND.sent);
    await this.wait('acceptance', () => this.rig.of('onAccepted', slot).length === 2);
    return slot;
  }

  lotsOf(slot: number): number {
    return this.rig.of('onFill', slot).reduce((sum, event) => sum + event.values[6], 0);
  }
}

/** Runs the contract against the worlds that `openWorld` makes, a fresh one for each sentence. */
export function describeGateway(name: string, openWorld: () => Promise<ContractWorld>): void {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });

  async function open(options: Partial<GatewayOptions> = {}): Promise<Bench> {
    const world = await openWorld();
    closers.push(() => world.close());
    const bench = new Bench(world, options);
    closers.push(() => bench.venue.close());
    bench.venue.start(bench.now());
    await bench.wait('ready', () => bench.venue.isReady());
    return bench;
  }

  describe(`the gateway contract, ${name}`, () => {
    it('places an order once, as it was wanted, and hears of it by answer and by report', async () => {
      const bench = await open();
      const { rig, world } = bench;
      const slot = await bench.rest();
      const [byAnswer, byReport] = rig.of('onAccepted', slot).map((event) => event.values[1]);
      expect(byReport).toBe(byAnswer);
      expect(world.openOrders()).toEqual([
        {
          clientId: bench.clientId(slot),
          filledLots: 0,
          qtyLots: 100,
          priceTicks: world.restingTicks,
          isBuy: true,
        },
      ]);
      expect(world.orderCount()).toBe(1);
      expect(rig.counter('venueMalformedFrames') + rig.counter('venueUnknownFrames')).toBe(0);
    });

    it('tells each fill as the venue booked it, with what is filled in all', async () => {
      const bench = await open();
      const { rig, world } = bench;
      const slot = await bench.rest();
      await world.fill(bench.clientId(slot), 40);
      await bench.wait('first fill', () => bench.lotsOf(slot) === 40);
      await world.fill(bench.clientId(slot), 60);
      await bench.wait('last fill', () => bench.lotsOf(slot) === 100);
      const fills = rig.of('onFill', slot).map((event) => event.values);
      expect(fills.map((values) => [values[2], values[5], values[6], values[8], values[9]])).toEqual([
        [SIDE.buy, world.restingTicks, 40, 40, 1],
        [SIDE.buy, world.restingTicks, 60, 100, 1],
      ]);
      expect(new Set(fills.map((values) => values[3]))).toEqual(new Set([rig.orders.venueOrderId[slot]]));
      expect(new Set(fills.map((values) => values[4])).size).toBe(2);
      expect(world.openOrders()).toEqual([]);
    });

    it('cancels an order that is partly filled, and says what was filled', async () => {
      const bench = await open();
      const { rig, world, venue } = bench;
      const slot = await bench.rest();
      await world.fill(bench.clientId(slot), 30);
      await bench.wait('fill', () => bench.lotsOf(slot) === 30);
      expect(venue.cancel(slot, bench.now())).toBe(SEND.sent);
      await bench.wait('end', () => rig.of('onEnded', slot).length === 2);
      for (const { values } of rig.of('onEnded', slot))
        expect(values.slice(1, 4)).toEqual([ORDER_STATE.canceled, REASON.none, 30]);
      expect(world.openOrders()).toEqual([]);
    });

    it('cancels an order whose number at the venue is not known', async () => {
      const bench = await open();
      const slot = await bench.rest();
      bench.rig.orders.venueOrderId[slot] = 0;
      expect(bench.venue.cancel(slot, bench.now())).toBe(SEND.sent);
      await bench.wait('end', () => bench.rig.of('onEnded', slot).length > 0);
      expect(bench.world.openOrders()).toEqual([]);
    });

    it('does not take the refusal of a cancel for the end of the order', async () => {
      const bench = await open();
      const { rig, venue } = bench;
      const slot = rig.addOrder(restingBuy(bench.world));
      venue.cancel(slot, bench.now());
      await bench.wait('refusal', () => rig.of('onCancelRejected', slot).length === 1);
      expect(rig.of('onCancelRejected', slot)[0].values[1]).toBe(REASON.unknownOrder);
      expect(rig.of('onEnded')).toEqual([]);
    });

    it('replaces an order in one request where the venue does, and refuses to where it does not', async () => {
      const bench = await open();
      const { rig, venue, world } = bench;
      const old = await bench.rest();
      const fresh = rig.addOrder(restingBuy(world, { priceTicks: world.restingTicks - 10, qtyLots: 120 }));
      if (!world.canReplace) {
        expect(venue.replace(fresh, old, bench.now())).toBe(SEND.unsupported);
        expect(world.openOrders().map(({ clientId }) => clientId)).toEqual([bench.clientId(old)]);
        return;
      }
      expect(venue.replace(fresh, old, bench.now())).toBe(SEND.sent);
      await bench.wait(
        'both told',
        () => rig.of('onEnded', old).length === 2 && rig.of('onAccepted', fresh).length === 2,
      );
      expect(world.openOrders().map(({ clientId, qtyLots }) => [clientId, qtyLots])).toEqual([
        [bench.clientId(fresh), 120],
      ]);
    });

    it('tells why the venue refused an order, which is then certainly not there', async () => {
      const bench = await open();
      const { rig, venue, world } = bench;
      expect(world.refusals.length).toBeGreaterThanOrEqual(3);
      for (const { what, terms, reason } of world.refusals) {
        const slot = rig.addOrder(terms);
        venue.place(slot, bench.now());
        await bench.wait(`refusal: ${what}`, () => rig.of('onRejected', slot).length === 1);
        expect([what, rig.of('onRejected', slot)[0].values[1]]).toEqual([what, reason]);
        expect(rig.of('onRejected', slot)[0].values[2]).toBeLessThan(0);
      }
      expect(rig.of('onAmbiguous')).toEqual([]);
      expect(world.orderCount()).toBe(0);
    });

    it('does not know what became of a request without an answer until it has asked', async () => {
      const bench = await open({ requestTimeoutMs: 60 });
      const { rig, venue, world } = bench;
      world.inject('lose-request');
      const lost = rig.addOrder(restingBuy(world));
      venue.place(lost, bench.now());
      await bench.wait('doubt', () => rig.of('onAmbiguous', lost).length === 1);
      world.inject('lose-answer');
      const taken = rig.addOrder(restingBuy(world));
      venue.place(taken, bench.now());
      await bench.wait('doubt', () => rig.of('onAmbiguous', taken).length === 1);
      for (const slot of [lost, taken])
        expect(rig.of('onAmbiguous', slot)[0].values[1]).toBe(REASON.ackTimeout);
      for (const slot of [lost, taken]) expect(venue.queryOrder(slot, bench.now())).toBe(SEND.sent);
      await bench.wait('both known', () => rig.of('onNotFound').length + rig.of('onStatus').length === 2);
      expect(rig.of('onNotFound')[0].values[0]).toBe(lost);
      expect(rig.of('onStatus', taken)[0].values[1]).toBe(ORDER_STATE.accepted);
      expect(rig.of('onRejected')).toEqual([]);
    });

    it('does not know either when the venue says that it does not', async () => {
      const bench = await open();
      const { rig, venue, world } = bench;
      world.inject('answer-unknown');
      const slot = rig.addOrder(restingBuy(world));
      venue.place(slot, bench.now());
      await bench.wait('doubt', () => rig.of('onAmbiguous', slot).length === 1);
      expect(rig.of('onAmbiguous', slot)[0].values[2]).toBe(world.unknownCode);
      expect(rig.of('onRejected')).toEqual([]);
      venue.queryOrder(slot, bench.now());
      await bench.wait('state', () => rig.of('onStatus', slot).length === 1);
    });

    it('loses its connection with an order under way, comes back, and finds the order by its client id', async () => {
      const bench = await open();
      const { rig, venue, world } = bench;
      world.inject('lose-answer');
      const slot = rig.addOrder(restingBuy(world));
      venue.place(slot, bench.now());
      await bench.wait('the order is there', () => world.openOrders().length === 1);
      world.drop();
      await bench.wait('loss', () => rig.of('onAmbiguous', slot).length === 1);
      expect(rig.of('onAmbiguous', slot)[0].values[1]).toBe(REASON.disconnected);
      expect(venue.place(rig.addOrder(restingBuy(world)), bench.now())).toBe(SEND.notConnected);
      await bench.wait('ready again', () => venue.isReady());
      const states = rig
        .of('onConnection')
        .filter(({ values }) => values[0] === CONNECTION_KIND.orderEntry)
        .map(({ values }) => values[1]);
      expect(states.lastIndexOf(CONNECTION_STATE.live)).toBeGreaterThan(
        states.indexOf(CONNECTION_STATE.down),
      );
      venue.queryOrder(slot, bench.now());
      await bench.wait('state', () => rig.of('onStatus', slot).length === 1);
      expect(rig.orders.venueOrderId[slot]).toBeGreaterThan(0);
      expect(world.orderCount()).toBe(1);
    });

    it('makes one order of a placement that is sent twice', async () => {
      const bench = await open();
      const { rig, venue, world } = bench;
      const slot = await bench.rest();
      venue.place(slot, bench.now());
      await bench.wait('answer', () => rig.of('onAmbiguous', slot).length === 1);
      expect(rig.of('onAmbiguous', slot)[0].values[1]).toBe(REASON.duplicateClientId);
      expect(world.orderCount()).toBe(1);
      expect(rig.of('onRejected')).toEqual([]);
    });

    it('passes on a report that comes twice with the same trade number, so that it counts once', async () => {
      const bench = await open();
      const { rig, world } = bench;
      const slot = await bench.rest();
      world.inject('repeat-report');
      await world.fill(bench.clientId(slot), 10);
      await bench.wait('both', () => rig.of('onFill', slot).length === 2);
      const [first, second] = rig.of('onFill', slot).map(({ values }) => values.slice(0, 11));
      expect(second).toEqual(first);
    });

    it('learns of a fill that was not reported when it asks', async () => {
      const bench = await open();
      const { rig, venue, world } = bench;
      const slot = await bench.rest();
      world.inject('lose-report');
      await world.fill(bench.clientId(slot), 25);
      venue.queryOrder(slot, bench.now());
      await bench.wait('state', () => rig.of('onStatus', slot).length === 1);
      const told = rig.seen.filter(({ name }) => name === 'onFill' || name === 'onStatus');
      expect(told.map(({ name }) => name)).toEqual(['onFill', 'onStatus']);
      expect(bench.lotsOf(slot)).toBe(25);
      expect(rig.of('onStatus', slot)[0].values.slice(1, 4)).toEqual([
        ORDER_STATE.partiallyFilled,
        rig.orders.venueOrderId[slot],
        25,
      ]);
      venue.queryFills(0, 0, bench.now(), 0);
      await bench.wait('end of fills', () => rig.of('onFillsEnd').length === 1);
      const [byOrder, bySymbol] = rig.of('onFill', slot).map(({ values }) => values.slice(0, 8));
      expect(bySymbol).toEqual(byOrder);
    });

    it('tells orders and trades by hand apart from its own', async () => {
      const bench = await open();
      const { rig, venue, world } = bench;
      const slot = await bench.rest();
      await world.tradeByHand(50);
      await bench.wait('fill', () => rig.of('onFill', -1).length > 0);
      expect(rig.of('onFill', -1).reduce((sum, { values }) => sum + values[6], 0)).toBe(50);
      venue.queryOpenOrders(0, bench.now());
      await bench.wait('end', () => rig.of('onOpenOrdersEnd').length === 1);
      expect(rig.of('onOutsideOrder')).toHaveLength(1);
      expect(rig.of('onStatus').map(({ values }) => values[0])).toEqual([slot]);
    });

    it.each([429, 418] as const)('asks nothing more after a %i until the venue lets it', async (status) => {
      const bench = await open();
      const { rig, venue, world } = bench;
      const resting = await bench.rest();
      world.refuseAll(status, 3_600_000);
      const slot = rig.addOrder(restingBuy(world));
      venue.place(slot, bench.now());
      await bench.wait('refusal', () => rig.of('onRejected', slot).length === 1);
      expect(rig.of('onRejected', slot)[0].values[1]).toBe(REASON.rateLimited);
      expect(rig.counter('venueRateWarnings')).toBe(1);
      expect(venue.place(rig.addOrder(restingBuy(world)), bench.now())).toBe(SEND.rateLimited);
      expect(venue.cancel(resting, bench.now())).toBe(SEND.rateLimited);
      expect(venue.queryOrder(resting, bench.now())).toBe(SEND.rateLimited);
    });

    it('builds and signs an order for shadow mode, and sends nothing', async () => {
      const bench = await open();
      const { rig, venue, world } = bench;
      const slot = rig.addOrder(restingBuy(world));
      expect(venue.encodeOnly!(ENCODE_KIND.place, slot, -1, bench.now())).toBeGreaterThan(100);
      expect(venue.encodeOnly!(ENCODE_KIND.cancel, slot, -1, bench.now())).toBeGreaterThan(80);
      const next = await bench.rest();
      expect(world.openOrders().map(({ clientId }) => clientId)).toEqual([bench.clientId(next)]);
    });
  });
}

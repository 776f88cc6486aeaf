import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLIENT_ID_BYTES_MAX, ClientIdCodec, NOT_OURS } from '../../engine/execution/client-id.ts';
import { FillLedger, fillLedgerBytes } from '../../engine/execution/fill-ledger.ts';
import {
  ORDER_EVENT,
  TRANSITION_REFUSED,
  isInFlightState,
  nextOrderState,
} from '../../engine/execution/order-state.ts';
import {
  OrderTable,
  isOpenState,
  isTerminalState,
  orderTableBytes,
} from '../../engine/execution/order-table.ts';
import { venueIdBytes } from '../../engine/execution/venue-id-reader.ts';
import { VenueIds } from '../../engine/execution/venue-ids.ts';
import { MemoryMapBuilder } from '../../engine/ipc/memory-map.ts';
import { SlotIndex } from '../../engine/core/slot-index.ts';
import { ORDERS_MAX, TRADE_IDS_MAX } from '../../engine/core/limits.ts';
import { ORDER_STATE, SIDE } from '../../engine/messages/enums.ts';

type StateName = keyof typeof ORDER_STATE;
type EventName = keyof typeof ORDER_EVENT;

/** The whole state machine as a table for reading; "." = cannot happen, "=" = stays. */
const EVENTS: readonly EventName[] = [
  'sent',
  'notSent',
  'denied',
  'accepted',
  'rejected',
  'partialFill',
  'fullFill',
  'canceled',
  'expired',
  'cancelSent',
  'replaceSent',
  'cancelRefused',
  'ambiguous',
  'neverAccepted',
];
const SHORT: Readonly<Record<string, StateName>> = {
  S: 'submitted',
  D: 'denied',
  U: 'unknown',
  A: 'accepted',
  P: 'partiallyFilled',
  PC: 'pendingCancel',
  PR: 'pendingReplace',
  F: 'filled',
  C: 'canceled',
  E: 'expired',
  R: 'rejected',
};
const EXPECTED: Readonly<Record<StateName, string>> = {
  //               sent notS den acc rej par ful can exp canS repS canR amb nev
  initialized: '    S    R   D   A   R   P   F   C   E   .    .    .   U   R',
  denied: '         .    .   =   .   .   =   =   .   .   .    .    .   .   .',
  submitted: '      .    R   .   A   R   P   F   C   E   PC   PR   =   U   .',
  unknown: '        .    .   .   A   R   P   F   C   E   =    .    =   =   R',
  accepted: '       .    .   .   =   .   P   F   C   E   PC   PR   =   =   .',
  partiallyFilled: '.    .   .   =   .   =   F   C   E   PC   PR   =   =   .',
  pendingCancel: '  .    .   .   =   R   =   F   C   E   =    .    A   U   .',
  pendingReplace: ' .    .   .   =   R   =   F   C   E   PC   .    A   U   .',
  filled: '         .    .   .   .   .   =   =   .   .   .    .    .   .   .',
  canceled: '       .    .   .   .   .   =   =   =   .   .    .    .   .   .',
  expired: '        .    .   .   .   .   =   =   .   =   .    .    .   .   .',
  rejected: '       .    .   .   .   =   =   =   .   .   .    .    .   .   .',
};

test('every pair of state and event is either the one transition of the design or refused', () => {
  for (const [state, row] of Object.entries(EXPECTED) as [StateName, string][]) {
    const cells = row.trim().split(/\s+/);
    expect(cells.length, state).toBe(EVENTS.length);
    for (const [index, cell] of cells.entries()) {
      const next = nextOrderState(ORDER_STATE[state], ORDER_EVENT[EVENTS[index]], 0);
      const expected = cell === '.' ? TRANSITION_REFUSED : ORDER_STATE[cell === '=' ? state : SHORT[cell]];
      expect(next, `${state} on ${EVENTS[index]}`).toBe(expected);
    }
  }
});

test('an order with fills that the venue calls working is partially filled', () => {
  for (const state of [ORDER_STATE.unknown, ORDER_STATE.submitted]) {
    expect(nextOrderState(state, ORDER_EVENT.accepted, 3)).toBe(ORDER_STATE.partiallyFilled);
  }
  expect(nextOrderState(ORDER_STATE.pendingCancel, ORDER_EVENT.cancelRefused, 3)).toBe(
    ORDER_STATE.partiallyFilled,
  );
});

test('ended states are final and open ones are not', () => {
  for (const state of Object.values(ORDER_STATE)) {
    for (const event of Object.values(ORDER_EVENT)) {
      const next = nextOrderState(state, event, 0);
      if (isTerminalState(state)) expect([TRANSITION_REFUSED, state]).toContain(next);
    }
    expect(isOpenState(state)).toBe(!isTerminalState(state));
    if (isInFlightState(state)) {
      expect(nextOrderState(state, ORDER_EVENT.ambiguous, 0)).toBe(ORDER_STATE.unknown);
    }
  }
  expect(isOpenState(0)).toBe(false);
});

test('a client id is made and read back without loss, at every size of number', () => {
  const codec = new ClientIdCodec('shrike9');
  const bytes = new Uint8Array(64);
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat({ max: 30 }), (intentSeq, at) => {
      const length = codec.encode(bytes, at, intentSeq);
      expect(length).toBeLessThanOrEqual(CLIENT_ID_BYTES_MAX);
      const text = Buffer.from(bytes.subarray(at, at + length)).toString('latin1');
      expect(text).toBe(`sshrike9-${intentSeq.toString(36)}`);
      expect(codec.text(intentSeq)).toBe(text);
      expect(codec.parse(bytes, at, at + length)).toBe(intentSeq === 0 ? NOT_OURS : intentSeq);
    }),
    {
      numRuns: 2_000,
      seed: 1,
      examples: [
        [Number.MAX_SAFE_INTEGER, 0],
        [36 ** 10 - 1, 0],
        [36 ** 10, 0],
      ],
    },
  );
});

test('ids of other engines, other programs and other shapes are not ours', () => {
  const codec = new ClientIdCodec('ab');
  for (const id of [
    'sab-',
    'sac-12',
    'ab-12',
    'sab-012',
    'sab-1G',
    'sab-1 ',
    'web_x1',
    '',
    'sab-zzzzzzzzzzzz',
    'sab-3zzzzzzzzzz',
  ]) {
    expect(codec.parseText(id), id).toBe(NOT_OURS);
  }
  expect(codec.parseText('sab-2gosa7pa2gv')).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => new ClientIdCodec('Not-this')).toThrow('namespace');
});

test('the slot index behaves like a map through any insertions and removals', () => {
  const key = fc.tuple(fc.oneof(fc.nat({ max: 40 }), fc.maxSafeNat()), fc.nat({ max: 2 }));
  const operation = fc.tuple(fc.constantFrom('set', 'remove', 'find'), key, fc.nat({ max: 100 }));
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const index = new SlotIndex(200);
      const model = new Map<string, number>();
      for (const [kind, [a, b], slot] of operations) {
        if (kind === 'set') {
          index.set(a, b, slot);
          model.set(`${a}/${b}`, slot);
        } else if (kind === 'remove') {
          expect(index.remove(a, b)).toBe(model.delete(`${a}/${b}`));
        }
        for (const [text, value] of model) {
          const [x, y] = text.split('/').map(Number);
          expect(index.find(x, y)).toBe(value);
        }
        expect(index.find(a, b)).toBe(model.get(`${a}/${b}`) ?? -1);
      }
    }),
    { numRuns: 200, seed: 2 },
  );
});

function orderTable(): { buffer: SharedArrayBuffer; open: () => OrderTable } {
  const buffer = new SharedArrayBuffer(orderTableBytes());
  const region = { name: 'orders', byteOffset: 0, byteLength: orderTableBytes() };
  return { buffer, open: () => new OrderTable(buffer, region) };
}

test('the order table gives up the order that ended first, keeps open ones, and is the same after a rebuild', () => {
  const { open } = orderTable();
  let table = open();
  for (let seq = 1; seq <= ORDERS_MAX; seq++) table.publish(table.alloc(seq), ORDER_STATE.submitted);
  expect(table.alloc(5_000)).toBe(-1);
  for (const seq of [30, 10, 20]) {
    const slot = table.slotOfIntent(seq);
    table.setVenueOrderId(slot, 900 + seq);
    table.setState(slot, ORDER_STATE.filled);
    table.reportedState[slot] = ORDER_STATE.filled;
  }
  table = open();
  expect(table.openCount()).toBe(ORDERS_MAX - 3);
  expect(table.slotOfVenueOrder(0, 910)).toBe(table.slotOfIntent(10));
  table.publish(table.alloc(6_001), ORDER_STATE.submitted);
  expect([30, 10, 20].map((seq) => table.slotOfIntent(seq) >= 0)).toEqual([false, true, true]);
  table = open();
  table.publish(table.alloc(6_002), ORDER_STATE.submitted);
  expect([30, 10, 20].map((seq) => table.slotOfIntent(seq) >= 0)).toEqual([false, false, true]);
  expect(table.slotOfVenueOrder(0, 910)).toBe(-1);
  expect(table.scanForIntent(20)).toBe(table.slotOfIntent(20));
  const seen: number[] = [];
  table.forEachOpen((slot) => seen.push(table.intentSeq[slot]));
  expect(seen.length).toBe(ORDERS_MAX - 1);
  expect(() => table.setState(table.slotOfIntent(20), ORDER_STATE.accepted)).toThrow('stays ended');
});

test('an order that ended unreported keeps its slot', () => {
  const table = orderTable().open();
  for (let seq = 1; seq <= ORDERS_MAX; seq++) table.publish(table.alloc(seq), ORDER_STATE.submitted);
  table.setState(table.slotOfIntent(1), ORDER_STATE.canceled);
  expect(table.alloc(9_999)).toBe(-1);
});

test('the id of an order is kept while the order has its slot, over a restart too, and may be forgotten after', () => {
  const map = new MemoryMapBuilder();
  const [region, names] = [map.reserve('orders', orderTableBytes()), map.reserve('ids', venueIdBytes(64))];
  const buffer = new SharedArrayBuffer(map.seal().byteLength);
  const attach = (): { ids: VenueIds; table: OrderTable } => {
    const ids = new VenueIds(buffer, names, null, 64);
    return { ids, table: new OrderTable(buffer, region, ids) };
  };
  let { ids, table } = attach();
  let others = 0;
  /** More other ids than the table of ids holds. */
  const passBy = (): void => {
    for (let count = 0; count < 200; count++) expect(ids.keyOfValue(`other-${others++}`)).toBeLessThan(0);
  };
  const isFound = (slot: number): boolean =>
    table.slotOfVenueOrder(0, ids.keyOfValue('an-order')) === slot &&
    ids.shown(table.venueOrderId[slot]) === 'an-order';
  const slot = table.alloc(1);
  table.publish(slot, ORDER_STATE.accepted);
  table.setVenueOrderId(slot, ids.keyOfValue('first-id'));
  const first = table.venueOrderId[slot];
  table.setVenueOrderId(slot, ids.keyOfValue('an-order'));
  passBy();
  expect(ids.textOf(first)).toBe('');
  expect(isFound(slot)).toBe(true);
  ({ ids, table } = attach());
  passBy();
  expect(isFound(slot)).toBe(true);
  table.setState(slot, ORDER_STATE.canceled);
  table.reportedState[slot] = ORDER_STATE.canceled;
  passBy();
  expect(isFound(slot)).toBe(true);
  const key = table.venueOrderId[slot];
  for (let seq = 2; seq <= ORDERS_MAX + 1; seq++) table.publish(table.alloc(seq), ORDER_STATE.submitted);
  passBy();
  expect(ids.textOf(key)).toBe('');
});

test('trades whose ids are texts stay known while they are remembered; older ones are known by their time', () => {
  const map = new MemoryMapBuilder();
  const [fills, names] = [map.reserve('fills', fillLedgerBytes()), map.reserve('ids', venueIdBytes())];
  const buffer = new SharedArrayBuffer(map.seal().byteLength);
  const attach = (): { ids: VenueIds; ledger: FillLedger } => {
    const ids = new VenueIds(buffer, names, null);
    return { ids, ledger: new FillLedger(buffer, fills, ids) };
  };
  let { ids, ledger } = attach();
  const text = (trade: number): string => `trade-${trade}`;
  const total = TRADE_IDS_MAX * 3;
  for (let trade = 1; trade <= total; trade++) {
    if (trade === TRADE_IDS_MAX * 2) ({ ids, ledger } = attach());
    const key = ids.keyOfValue(text(trade));
    expect(key).toBeLessThan(0);
    expect(ledger.isKnown(0, SIDE.buy, key)).toBe(false);
    expect(ledger.isBeforeMemory(0, trade)).toBe(false);
    ledger.remember(0, SIDE.buy, key, trade);
    // Ids of nothing that is remembered come and go meanwhile.
    ids.keyOfValue(`outside-${trade}`);
  }
  ({ ids, ledger } = attach());
  for (const trade of [total - TRADE_IDS_MAX + 1, total - 5_000, total]) {
    expect(ledger.isKnown(0, SIDE.buy, ids.keyOfValue(text(trade))), text(trade)).toBe(true);
    expect(ledger.isBeforeMemory(0, trade)).toBe(false);
  }
  expect(ledger.isBeforeMemory(0, total - TRADE_IDS_MAX)).toBe(true);
  expect(ledger.isBeforeMemory(1, 1)).toBe(false);
  expect(ledger.isBeforeMemory(0, 0)).toBe(false);
  expect(ledger.lastTradeMs(0)).toBe(total);
});

test('the fill ledger knows every trade it took in, however old, and continues after a rebuild', () => {
  const region = { name: 'fills', byteOffset: 0, byteLength: fillLedgerBytes() };
  const buffer = new SharedArrayBuffer(fillLedgerBytes());
  let ledger = new FillLedger(buffer, region);
  const total = TRADE_IDS_MAX + 500;
  for (let id = 1; id <= total; id++) {
    if (id === TRADE_IDS_MAX + 100) ledger = new FillLedger(buffer, region);
    expect(ledger.isKnown(id & 1, SIDE.buy, id)).toBe(false);
    ledger.remember(id & 1, SIDE.buy, id);
    expect(ledger.isKnown(id & 1, SIDE.sell, id)).toBe(false);
  }
  ledger = new FillLedger(buffer, region);
  for (const id of [1, 2, 499, 500, 501, 5_000, total])
    expect(ledger.isKnown(id & 1, SIDE.buy, id), `trade ${id}`).toBe(true);
  expect(ledger.isKnown(0, SIDE.buy, total + 1)).toBe(false);
  expect(ledger.isKnown(1, SIDE.buy, 6_000)).toBe(false);
  expect(ledger.lastTradeId(0)).toBe(total);
});

import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../engine/app/config/config.ts';
import type { EngineLog } from '../../engine/app/run/engine-log.ts';
import { openEngineState } from '../../engine/app/run/engine-state.ts';
import type { VenueSession } from '../../engine/app/run/venue-session.ts';
import { planMemory } from '../../engine/app/threads/memory-plan.ts';
import type { SharedMemory } from '../../engine/app/threads/wiring.ts';
import { createClockOrigin } from '../../engine/core/clock.ts';
import type { Instrument } from '../../engine/core/instrument.ts';
import { OrderTable } from '../../engine/execution/order-table.ts';
import { regionOf } from '../../engine/ipc/memory-map.ts';
import { openStateDirectory } from '../../engine/journal/state-directory.ts';
import { PositionReader } from '../../engine/risk/positions.ts';
import { plainTopology } from '../../engine/runtime/build-topology.ts';
import { FIRST_ACCOUNT, firstRecovery, unpackFirstJournal } from '../fixtures/first-journal.ts';
import { instrument, temporaryFolder } from '../fixtures/journal-rig.ts';

const root = temporaryFolder();
afterAll(() => root.remove());
let folders = 0;

const BTC: Instrument = instrument('BTCUSDT', 0);
const ETH: Instrument = instrument('ETHUSDT', 0, { qtyDecimals: 4 });
const SOL: Instrument = instrument('SOLUSDT', 0);

function inOrder(...list: readonly Instrument[]): Instrument[] {
  return list.map((each, index) => ({ ...each, index }));
}

interface Opened {
  readonly memory: SharedMemory;
  readonly warnings: readonly string[];
}

/** The state of the first format's journal, taken in by an engine with these instruments. */
function open(instruments: readonly Instrument[], sets: readonly string[] = []): Opened {
  const dir = join(root.path, `state-${folders++}`);
  const clockOrigin = createClockOrigin();
  const state = openStateDirectory(dir, { mode: 'live', venue: 'sim' }, clockOrigin.epochUs);
  unpackFirstJournal(state.journal);
  state.release();
  const { config } = loadConfig({ env: {}, sets: ['mode=live', `state.dir=${dir}`, ...sets] });
  const memory = planMemory(plainTopology('fused'), instruments.length);
  const warnings: string[] = [];
  const log = {
    info: () => {},
    warn: (text: string) => warnings.push(text),
  } as unknown as EngineLog;
  const accounts = [{ label: '', accountId: FIRST_ACCOUNT }];
  const session = { accounts, instruments } as unknown as VenueSession;
  openEngineState(config, session, [], memory, clockOrigin, log).release();
  return { memory, warnings };
}

/** Positions and open orders in shared memory, by the symbol this run gives to their index. */
function seeded(memory: SharedMemory, instruments: readonly Instrument[]): unknown {
  const positions = new PositionReader(memory.buffer, regionOf(memory.map, 'state:positions'));
  const orders = new OrderTable(memory.buffer, regionOf(memory.map, 'state:orders'));
  const openOrders: unknown[] = [];
  orders.forEachOpen((slot) => {
    const { symbol } = instruments[orders.instrumentIndex[slot]];
    openOrders.push({ symbol, intentSeq: orders.intentSeq[slot], qtyLots: orders.qtyLots[slot] });
  });
  const held = instruments.map(({ index, symbol }) => {
    positions.read(index);
    return { symbol, netLots: positions.netLots, costCash: positions.costCash };
  });
  return { held: held.filter(({ netLots }) => netLots !== 0), openOrders };
}

function expectedFor(instruments: readonly Instrument[]): unknown {
  const { positions, openOrders } = firstRecovery();
  const held = instruments.flatMap(({ symbol }) =>
    positions
      .filter((position) => position.symbol === symbol)
      .map(({ netLots, costCash }) => ({ symbol, netLots, costCash })),
  );
  const known = openOrders
    .filter(({ symbol }) => instruments.some((each) => each.symbol === symbol))
    .map(({ symbol, intentSeq, qtyLots }) => ({ symbol, intentSeq, qtyLots }));
  return { held, openOrders: known };
}

describe('the state an engine starts with', () => {
  it.each([
    ['in the journal’s order', inOrder(BTC, ETH)],
    ['in the other order', inOrder(ETH, BTC)],
    ['with one more in front', inOrder(SOL, BTC, ETH)],
    ['with one more between', inOrder(ETH, SOL, BTC)],
  ])('finds its instruments %s', (_case, instruments) => {
    const { memory, warnings } = open(instruments);
    expect(seeded(memory, instruments)).toEqual(expectedFor(instruments));
    expect(warnings).toEqual([]);
  });

  it('refuses to trade live without an instrument it has a position or open orders in, naming the fix', () => {
    const start = (): unknown => open(inOrder(BTC));
    expect(start).toThrow(
      /^the journal knows a position of -0\.2057 and \d+ orders that may be open at the venue in/,
    );
    expect(start).toThrow(
      /in ETHUSDT on sim, which this run does not trade\. Add it to symbols, or set state\.leaveAlone = \["ETHUSDT"\]/,
    );
  });

  it('starts without it when the operator looks after it, and says so', () => {
    const instruments = inOrder(BTC);
    const { memory, warnings } = open(instruments, ['state.leaveAlone=["ETHUSDT"]']);
    expect(seeded(memory, instruments)).toEqual(expectedFor(instruments));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('it is kept in the journal and left alone');
  });

  it('does not take the same pair at another venue for it', () => {
    expect(() => open(inOrder(BTC, { ...ETH, venue: 'binance-spot' }))).toThrow(
      /in ETHUSDT on sim, which this run does not trade/,
    );
  });
});

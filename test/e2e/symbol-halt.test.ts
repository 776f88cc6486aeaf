import { expect, it } from 'vitest';
import { EngineProcess, lastSummary, UNREHEARSED } from '../fixtures/engine-process.ts';
import { strategyFixture } from '../fixtures/exchange-process.ts';

it('a symbol that the venue halts is ordered no more until it trades again; the other one is, and the journal has both', async () => {
  const engine = new EngineProcess([
    'run',
    '--json',
    ...UNREHEARSED,
    '--mode',
    'live',
    '--strategy',
    strategyFixture('clockwork'),
    '--set',
    'venues.sim.instrumentsPollMs=100',
    '--drill',
    'halt:BTCUSDT@1s,unhalt:BTCUSDT@+1s',
    '--duration',
    '120s',
  ]);
  try {
    await engine.until(({ err }) => err.includes('status trading -> halted'), 'a halt');
    await engine.until(({ err }) => err.includes('status halted -> trading'), 'trading again');
    const again = Date.now();
    await engine.until(() => Date.now() - again > 500, 'orders after it');
    engine.child.kill('SIGINT');
    const finished = await engine.finished;
    expect(finished.code, finished.err.slice(-2_000)).toBe(0);
    const summary = lastSummary(finished);
    expect(summary.violations).toEqual([]);
    expect(summary.account).toMatchObject({ isEqual: true, duplicateClientIds: 0 });
    expect(summary.instruments.map(({ symbol, status, epoch }) => [symbol, status, epoch])).toEqual([
      ['BTCUSDT', 'trading', 3],
      ['ETHUSDT', 'trading', 1],
    ]);
    expect(summary.counters['risk']['deniedVenueStatus']).toBeGreaterThan(3);
    expect(summary.drills.map(({ step, resumedAfterMs }) => [step, resumedAfterMs !== null])).toEqual([
      ['halt:BTCUSDT@1000ms', true],
      ['unhalt:BTCUSDT@+1000ms', true],
    ]);
    const dump = new EngineProcess(['journal', 'dump', '--mode', 'live', '--json'], {}, engine.folder);
    const records = (await dump.finished).out
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { message?: string; fields?: Record<string, unknown> });
    const terms = records
      .filter(({ message, fields }) => message === 'InstrumentRecord' && fields?.['symbol'] === 'BTCUSDT')
      .map(({ fields }) => [fields!['instrumentEpoch'], fields!['status']]);
    for (const each of [
      [1, 'trading'],
      [2, 'halted'],
      [3, 'trading'],
    ])
      expect(terms).toContainEqual(each);
    const heard = records.filter(({ message }) => message === 'Signal').map(({ fields }) => fields!['label']);
    expect(heard).toEqual(['is halted', 'is trading']);
  } finally {
    await engine.dispose();
  }
}, 120_000);

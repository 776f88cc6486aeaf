import { describe, expect, it } from 'vitest';
import { EngineProcess, lastJson, lastSummary, UNREHEARSED } from '../fixtures/engine-process.ts';
import type { Finished } from '../fixtures/engine-process.ts';

const ARGS = ['--mode', 'live', '--strategy', 'tick-taker', '--set', 'exchange.listed=SOLUSDT,XRPUSDT'];

/** `shrike ctl symbols …` on the engine. */
async function ctl(engine: EngineProcess, ...args: string[]): Promise<Finished> {
  const verb = new EngineProcess(['ctl', 'symbols', ...args, '--mode', 'live', '--json'], {}, engine.folder);
  return verb.finished;
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`no ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface Status {
  readonly stats: {
    readonly position: Readonly<Record<string, { readonly fills: number }>>;
    readonly actors: readonly { readonly name: string; readonly restarts: number }[];
  };
}

async function statusOf(engine: EngineProcess): Promise<Status['stats']> {
  const verb = new EngineProcess(['ctl', 'status', '--mode', 'live', '--json'], {}, engine.folder);
  return (lastJson(await verb.finished) as Status).stats;
}

describe.each(['fused', 'split', 'dedicated'])('symbols of a running engine, topology %s', (topology) => {
  it('are added and traded, survive a restart, and are removed, without touching the others', async () => {
    const drill = ['--drill', 'kill:strategy@12s', '--duration', '120s'];
    const engine = new EngineProcess([
      'run',
      '--json',
      ...UNREHEARSED,
      ...ARGS,
      '--topology',
      topology,
      ...drill,
    ]);
    try {
      await engine.until(({ err }) => err.includes('trading begins'), 'begin');
      const added = await ctl(engine, 'add', 'SOLUSDT');
      expect(added.code, added.out).toBe(0);
      expect(lastJson(added)).toMatchObject({ outcome: 'applied' });
      for (const [symbol, reason] of [
        ['SOLUSDT', 'symbol_known'],
        ['NOPEUSDT', 'symbol_unknown'],
      ]) {
        const refused = await ctl(engine, 'add', symbol);
        expect({ code: refused.code, ...(lastJson(refused) as object) }).toMatchObject({ code: 4, reason });
      }
      const fills = async (): Promise<number> => (await statusOf(engine)).position['SOLUSDT']?.fills ?? 0;
      await until(async () => (await fills()) > 0, 'fill of the added symbol');
      const before = await statusOf(engine);
      expect(before.actors.every(({ restarts }) => restarts === 0)).toBe(true);
      await engine.until(({ err }) => err.includes('restarting'), 'restart by the drill');
      const then = await fills();
      await until(async () => (await fills()) > then, 'fill of the added symbol after a restart');
      await engine.until(({ err }) => err.includes('restarting'), 'restart by the drill');
      const held = await ctl(engine, 'remove', 'SOLUSDT');
      expect([0, 4]).toContain(held.code);
      engine.child.kill('SIGINT');
      const finished = await engine.finished;
      expect(finished.code, finished.err.slice(-2_000)).toBe(0);
      const summary = lastSummary(finished);
      expect(summary.violations).toEqual([]);
      expect(summary.account).toMatchObject({ isEqual: true, duplicateClientIds: 0 });
      const verified = new EngineProcess(
        ['journal', 'verify', '--mode', 'live', '--json'],
        {},
        engine.folder,
      );
      expect(lastJson(await verified.finished)).toMatchObject({ ok: true, problems: [] });
    } finally {
      await engine.dispose();
    }
  });
});

it('a symbol that nobody trades is removed, and its place is given to no other', async () => {
  const quiet = [
    '--mode',
    'live',
    '--strategy',
    'tick-taker',
    '--set',
    'strategy.params.everyUpdates=1000000',
  ];
  const listed = ['--set', 'exchange.listed=SOLUSDT,XRPUSDT', '--set', 'engine.instrumentsMax=4'];
  const engine = new EngineProcess([
    'run',
    '--json',
    ...UNREHEARSED,
    ...quiet,
    ...listed,
    '--duration',
    '120s',
  ]);
  try {
    await engine.until(({ err }) => err.includes('trading begins'), 'begin');
    const names = async (): Promise<unknown> =>
      (
        lastJson(await ctl(engine, 'list')) as { details: { symbols: { name: string }[] } }
      ).details.symbols.map(({ name }) => name);
    expect((await ctl(engine, 'add', 'SOLUSDT')).code).toBe(0);
    expect((await ctl(engine, 'remove', 'ETHUSDT')).code).toBe(0);
    expect(await names()).toEqual(['BTCUSDT', 'SOLUSDT']);
    expect((await ctl(engine, 'add', 'XRPUSDT')).code).toBe(0);
    expect(await names()).toEqual(['BTCUSDT', 'SOLUSDT', 'XRPUSDT']);
    const full = await ctl(engine, 'add', 'ETHUSDT');
    expect({ code: full.code, ...(lastJson(full) as object) }).toMatchObject({
      code: 4,
      reason: 'limit_reached',
    });
    expect((await ctl(engine, 'remove', 'BTCUSDT')).code).toBe(0);
    expect((await ctl(engine, 'remove', 'SOLUSDT')).code).toBe(0);
    const last = await ctl(engine, 'remove', 'XRPUSDT');
    expect({ code: last.code, ...(lastJson(last) as object) }).toMatchObject({
      code: 4,
      reason: 'last_symbol',
    });
    engine.child.kill('SIGINT');
    const finished = await engine.finished;
    expect(finished.code, finished.err.slice(-2_000)).toBe(0);
    expect(lastSummary(finished).violations).toEqual([]);
  } finally {
    await engine.dispose();
  }
});

import { expect, it } from 'vitest';
import { drilledEngine } from '../fixtures/drilled-engine.ts';
import { EngineProcess, lastJson, lastSummary } from '../fixtures/engine-process.ts';

interface DumpedRecord {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

it('what an actor threw or hung on is in the journal, which verifies after the run', async () => {
  const settings = ['--mode', 'live', '--strategy', 'tick-taker', '--set', 'engine.watchdogMs=1000'];
  const engine = await drilledEngine('throw:risk@1s,hang:orderbook@+500ms', settings);
  try {
    const finished = await engine.finished;
    expect(finished.code).toBe(0);
    expect(lastSummary(finished).drills).toHaveLength(2);

    const inItsFolder = async (args: readonly string[]): Promise<EngineProcess> => {
      const verb = new EngineProcess(args, {}, engine.folder);
      expect((await verb.finished).code).toBe(0);
      return verb;
    };
    const verified = await (await inItsFolder(['journal', 'verify', '--mode', 'live', '--json'])).finished;
    expect(lastJson(verified)).toMatchObject({ ok: true, problems: [] });
    const { out } = await inItsFolder(['journal', 'dump', '--mode', 'live']);
    const records = out.trimEnd().split('\n');
    const letters = records
      .map((line) => JSON.parse(line) as DumpedRecord)
      .filter(({ message }) => message === 'DeadLetter');
    expect(new Set(letters.map(({ fields }) => fields['ring']))).toEqual(
      new Set(['commands-to-orderbook', 'commands-to-risk']),
    );
    expect(letters).toHaveLength(2);
  } finally {
    await engine.dispose();
  }
}, 150_000);

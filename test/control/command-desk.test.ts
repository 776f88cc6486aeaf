import { describe, expect, it } from 'vitest';
import { ActorCalls } from '../../engine/control/actor-calls.ts';
import type { ActorLink, CallAnswer } from '../../engine/control/actor-calls.ts';
import { CommandAnswers } from '../../engine/control/command-answers.ts';
import { CommandDesk } from '../../engine/control/command-desk.ts';
import { CommandRefusal, reportOf } from '../../engine/control/command.ts';
import type { CommandKind, CommandRequest } from '../../engine/control/command.ts';
import { SimulatedClock } from '../../engine/core/clock.ts';
import {
  COMMANDS_IN_WORK_MAX,
  COMMANDS_OPEN_MAX,
  COMMANDS_OPEN_RESERVE,
  COMMANDS_REMEMBERED_MAX,
} from '../../engine/core/limits.ts';
import { Command } from '../../engine/messages/codecs.ts';
import { COMMAND, COMMAND_REASON } from '../../engine/messages/enums.ts';
import { RigRing } from '../fixtures/actor-rig.ts';

const ACTORS = ['risk', 'execution'];
const MS = 1e6;

/** Actors that take commands in when told to, and the desk in front of them. */
class Rig {
  readonly clock = new SimulatedClock(1_700_000_000_000_000);
  readonly commands = new Map(ACTORS.map((actor) => [actor, new RigRing(`commands-to-${actor}`, 16_384)]));
  readonly answers = new Map(ACTORS.map((actor) => [actor, new RigRing(`answers-from-${actor}`, 16_384)]));
  readonly journal = new RigRing('supervisor-to-journal', 65_536);
  readonly seen: { actor: string; seq: number; kind: number }[] = [];
  readonly calls: ActorCalls;
  turn = 41;
  private readonly ends: Map<string, CommandAnswers>;

  constructor() {
    const links = new Map<string, ActorLink>(
      ACTORS.map((actor) => [
        actor,
        {
          commands: this.commands.get(actor)!.attachPublication(),
          answers: this.answers.get(actor)!.subscription,
        },
      ]),
    );
    this.calls = new ActorCalls(links, this.clock, 1_000, this.journal.publication);
    this.ends = new Map(
      ACTORS.map((actor) => {
        const ring = this.answers.get(actor)!.attachPublication();
        return [
          actor,
          new CommandAnswers({ ring, turns: { cycles: () => this.turn } }, Float64Array.of(5 * MS)),
        ];
      }),
    );
  }

  /** One turn of an actor: it takes its commands in and answers each, as `reason` says. */
  act(actor: string, reason: number = COMMAND_REASON.none, detail = ''): void {
    const command = new Command();
    const end = this.ends.get(actor)!;
    this.commands.get(actor)!.subscription.poll((_type, view, at) => {
      const { commandSeq, kind } = command.wrap(view, at);
      this.seen.push({ actor, seq: commandSeq, kind });
      end.detail = detail;
      end.give(commandSeq, reason);
    }, 256);
    this.turn++;
  }

  wait(ms: number): void {
    this.clock.advanceTo(this.clock.nowNs() + ms * MS);
    this.calls.poll();
  }

  ask(actor = 'risk', lowersRisk = false): Promise<CallAnswer> {
    return this.calls.ask({ actor, kind: COMMAND.pause, lowersRisk });
  }
}

describe('a call of an actor', () => {
  it('is answered with the turn and the time at which it took effect', async () => {
    const rig = new Rig();
    const answer = rig.ask();
    rig.act('risk');
    rig.calls.poll();
    expect(await answer).toMatchObject({
      actor: 'risk',
      outcome: 'applied',
      reason: 'none',
      turn: 41,
      atNs: 5 * MS,
    });
    expect(rig.seen).toEqual([{ actor: 'risk', seq: 1_001, kind: COMMAND.pause }]);
  });

  it('is refused with a reason and a sentence', async () => {
    const rig = new Rig();
    const answer = rig.ask();
    rig.act('risk', COMMAND_REASON.limitReached, 'no slot is free');
    rig.calls.poll();
    expect(await answer).toMatchObject({
      outcome: 'refused',
      reason: 'limitReached',
      text: 'no slot is free',
    });
  });

  it('without an answer in time is unknown, not failed; a late answer is told', async () => {
    const rig = new Rig();
    const late: CallAnswer[] = [];
    rig.calls.onLate = (answer): void => void late.push(answer);
    const answer = rig.ask();
    rig.wait(2_999);
    expect(rig.calls.isAwaited).toBe(true);
    rig.wait(2);
    expect(await answer).toMatchObject({ outcome: 'unknown', turn: -1 });
    expect(rig.calls.isAwaited).toBe(false);
    rig.act('risk');
    rig.calls.poll();
    expect(late).toMatchObject([{ outcome: 'applied', actor: 'risk' }]);
  });

  it('is busy beyond the open ones, while what lowers risk has places of its own', async () => {
    const rig = new Rig();
    for (let count = 0; count < COMMANDS_OPEN_MAX; count++) void rig.ask();
    expect(await rig.ask()).toMatchObject({ outcome: 'busy' });
    for (let count = 0; count < COMMANDS_OPEN_RESERVE; count++) void rig.ask('risk', true);
    expect(await rig.ask('risk', true)).toMatchObject({ outcome: 'busy' });
    // Time being over gives no place back: the answer may still come and needs its room.
    rig.wait(10_000);
    expect(await rig.ask()).toMatchObject({ outcome: 'busy' });
    expect(rig.seen).toEqual([]);
    rig.act('risk');
    rig.calls.poll();
    const again = rig.ask();
    rig.act('risk');
    rig.calls.poll();
    expect(await again).toMatchObject({ outcome: 'applied' });
  });

  it('of one actor does not wait for another', async () => {
    const rig = new Rig();
    const stuck = rig.ask('execution');
    const answer = rig.ask('risk');
    rig.act('risk');
    rig.calls.poll();
    expect(await answer).toMatchObject({ outcome: 'applied' });
    rig.wait(4_000);
    expect(await stuck).toMatchObject({ outcome: 'unknown' });
  });

  it('answered twice (its actor died after the answer) counts once', async () => {
    const rig = new Rig();
    const answer = rig.ask();
    rig.act('risk');
    rig.calls.poll();
    const end = new CommandAnswers(
      { ring: rig.answers.get('risk')!.attachPublication(), turns: { cycles: () => 1 } },
      Float64Array.of(0),
    );
    end.give(1_001, COMMAND_REASON.failed);
    expect(() => rig.calls.poll()).not.toThrow();
    expect(await answer).toMatchObject({ outcome: 'applied' });
  });
});

function pauseKind(runs: string[]): CommandKind {
  return {
    kind: 'pause',
    lowersRisk: true,
    run: async (args, calls) => {
      runs.push(JSON.stringify(args));
      return reportOf([await calls.ask({ actor: 'risk', kind: COMMAND.pause, lowersRisk: true })], 'paused');
    },
  };
}

const request = (commandId: string, kind = 'pause', args: CommandRequest['args'] = {}): CommandRequest => ({
  commandId,
  kind,
  args,
  source: 'test',
});

describe('the command desk', () => {
  it('gives the same id the same answer and carries it out once, also while it is in work', async () => {
    const rig = new Rig();
    const runs: string[] = [];
    const desk = new CommandDesk([pauseKind(runs)], rig.calls, rig.clock);
    const first = desk.submit(request('a', 'pause', { x: 1, y: 2 }));
    const second = desk.submit(request('a', 'pause', { y: 2, x: 1 }));
    rig.act('risk');
    rig.calls.poll();
    expect(await first).toMatchObject({ commandId: 'a', outcome: 'applied', message: 'paused' });
    expect(await second).toBe(await first);
    expect(await desk.submit(request('a', 'pause', { x: 1, y: 2 }))).toBe(await first);
    expect(runs).toHaveLength(1);
  });

  it('refuses an id that stands for another command, an unknown kind and an id that is no id', async () => {
    const rig = new Rig();
    const desk = new CommandDesk([pauseKind([])], rig.calls, rig.clock);
    void desk.submit(request('a'));
    expect(await desk.submit(request('a', 'pause', { x: 1 }))).toMatchObject({
      outcome: 'refused',
      reason: 'command_id_conflict',
    });
    expect(await desk.submit(request('b', 'fly'))).toMatchObject({ reason: 'unknown_kind' });
    for (const id of ['', 'a b', 'x'.repeat(129), 'ü'])
      expect(await desk.submit(request(id))).toMatchObject({ outcome: 'refused', reason: 'bad_command_id' });
  });

  it('is busy beyond what it can have in work; a refusal as busy is not remembered', async () => {
    const rig = new Rig();
    let finish = (): void => {};
    const slow: CommandKind = {
      kind: 'slow',
      run: () =>
        new Promise((resolve) => {
          const before = finish;
          finish = (): void => {
            before();
            resolve(reportOf([], 'done'));
          };
        }),
    };
    const desk = new CommandDesk([slow, pauseKind([])], rig.calls, rig.clock);
    const all = Array.from({ length: COMMANDS_IN_WORK_MAX }, (_, index) =>
      desk.submit(request(`s${index}`, 'slow')),
    );
    expect(await desk.submit(request('more', 'slow'))).toMatchObject({ outcome: 'refused', reason: 'busy' });
    const pause = desk.submit(request('p'));
    rig.act('risk');
    rig.calls.poll();
    expect(await pause).toMatchObject({ outcome: 'applied' });
    finish();
    await Promise.all(all);
    const again = desk.submit(request('more', 'slow'));
    finish();
    expect(await again).toMatchObject({ outcome: 'applied' });
  });

  it('tells a handler that broke off as unknown, a refusal as refused', async () => {
    const rig = new Rig();
    const kinds: CommandKind[] = [
      { kind: 'broken', run: () => Promise.reject(new TypeError('x is no function')) },
      { kind: 'picky', run: () => Promise.reject(new CommandRefusal('bad_argument', 'no such place')) },
    ];
    const desk = new CommandDesk(kinds, rig.calls, rig.clock);
    expect(await desk.submit(request('1', 'broken'))).toMatchObject({
      outcome: 'unknown',
      reason: 'defect',
      message: 'the command broke off: TypeError: x is no function',
    });
    expect(await desk.submit(request('2', 'picky'))).toMatchObject({
      outcome: 'refused',
      reason: 'bad_argument',
      message: 'no such place',
    });
  });

  it('tells what took effect in part, and what nobody answered, as what it is', () => {
    const step = (outcome: CallAnswer['outcome']): CallAnswer => ({
      actor: 'risk',
      outcome,
      reason: outcome === 'refused' ? 'openOrders' : 'none',
      text: '',
      value: 0,
      turn: 1,
      atNs: 1,
    });
    expect(reportOf([step('applied'), step('refused')], '').outcome).toBe('partly');
    expect(reportOf([step('refused')], '')).toMatchObject({ outcome: 'refused', reason: 'openOrders' });
    expect(reportOf([step('busy')], '')).toMatchObject({ outcome: 'refused', reason: 'busy' });
    expect(reportOf([step('applied'), step('unknown')], '')).toMatchObject({
      outcome: 'unknown',
      reason: 'timeout',
    });
  });

  it('forgets the oldest ids beyond its memory', async () => {
    const rig = new Rig();
    const runs: string[] = [];
    const kinds: CommandKind[] = [
      {
        kind: 'note',
        run: async (args) => {
          runs.push(String(args['n']));
          return reportOf([], 'noted');
        },
      },
    ];
    const desk = new CommandDesk(kinds, rig.calls, rig.clock);
    for (let n = 0; n <= COMMANDS_REMEMBERED_MAX; n++) await desk.submit(request(`n${n}`, 'note', { n }));
    expect(runs).toHaveLength(COMMANDS_REMEMBERED_MAX + 1);
    await desk.submit(request('n1', 'note', { n: 1 }));
    expect(runs).toHaveLength(COMMANDS_REMEMBERED_MAX + 1);
    await desk.submit(request('n0', 'note', { n: 0 }));
    expect(runs).toHaveLength(COMMANDS_REMEMBERED_MAX + 2);
  });
});

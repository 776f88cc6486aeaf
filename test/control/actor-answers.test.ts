import { describe, expect, it } from 'vitest';
import { CommandAnswer } from '../../engine/messages/codecs.ts';
import { COMMAND, COMMAND_OUTCOME, COMMAND_REASON } from '../../engine/messages/enums.ts';
import { TradingRig } from '../fixtures/trading-rig.ts';

interface Given {
  readonly seq: number;
  readonly outcome: number;
  readonly reason: number;
  readonly atNs: number;
}

function answersOf(rig: TradingRig, actor: 'risk' | 'execution'): Given[] {
  const answer = new CommandAnswer();
  const given: Given[] = [];
  rig.subscription(`answers-from-${actor}`).poll((_type, view, at) => {
    const { commandSeq, outcome, reason, atNs } = answer.wrap(view, at);
    given.push({ seq: commandSeq, outcome, reason, atNs });
  }, 256);
  return given;
}

describe('the trading actors', () => {
  it('answer every command once, in the turn that applied it', () => {
    const rig = new TradingRig().start();
    rig.advance(7_000);
    rig.command(COMMAND.pause);
    rig.turn();
    const applied = {
      outcome: COMMAND_OUTCOME.applied,
      reason: COMMAND_REASON.none,
      atNs: rig.clock.nowNs(),
    };
    expect(rig.trading.isPaused()).toBe(true);
    expect(answersOf(rig, 'risk')).toEqual([{ seq: 1, ...applied }]);
    expect(answersOf(rig, 'execution')).toEqual([{ seq: 2, ...applied }]);
    rig.turn();
    expect(answersOf(rig, 'risk')).toEqual([]);
  });

  it('refuse what they do not know', () => {
    const rig = new TradingRig().start();
    rig.command(999);
    rig.turn();
    const refused = { outcome: COMMAND_OUTCOME.refused, reason: COMMAND_REASON.unknownCommand };
    expect(answersOf(rig, 'risk')).toMatchObject([refused]);
    expect(answersOf(rig, 'execution')).toMatchObject([refused]);
  });
});

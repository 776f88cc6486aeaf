import type { CommandAnswers } from '../control/command-answers.ts';
import type { RecordHandler } from '../ipc/ring.ts';
import { COMMAND as COMMAND_TYPE, Command } from '../messages/codecs.ts';
import { COMMAND, COMMAND_REASON } from '../messages/enums.ts';
import { type Timeframe, TIMEFRAMES } from './bars/timeframe.ts';

/** What came of a command: a COMMAND_REASON, or null when it is answered later. */
type Outcome = number | null;

/** Tells who gave a command what became of it. @param reason a COMMAND_REASON; none = it took effect */
export type AnswerLater = (reason: number, detail: string, value?: number) => void;

/** What the commands do. Those that return null answer later, once. */
export interface AnalysisActions {
  /** Makes a symbol's analysis anew. @param timeframe null = all of them */
  force(instrumentIndex: number, timeframe: Timeframe | null, answer: AnswerLater): Outcome;
  /** Analyses a symbol again, or in one timeframe more. */
  add(instrumentIndex: number, timeframe: Timeframe | null): Outcome;
  /** Analyses a symbol no more, or in one timeframe less. */
  remove(instrumentIndex: number, timeframe: Timeframe | null): Outcome;
  /** Writes a symbol's report. @param timeframe whose newest close it must know; null = the shortest */
  report(instrumentIndex: number, timeframe: Timeframe | null, answer: AnswerLater): Outcome;
}

/** The timeframe an argument of a command stands for: its slot + 1, 0 = none is named. */
export function timeframeArgument(timeframe: Timeframe | null): number {
  return timeframe === null ? 0 : timeframe.slot + 1;
}

/** Takes commands of the supervisor and answers each once. The analysis thread's. */
export class AnalysisCommands {
  /** Takes one record. */
  readonly onRecord: RecordHandler;
  private readonly command: Command = new Command();
  private readonly answers: CommandAnswers;
  private readonly actions: AnalysisActions;

  constructor(answers: CommandAnswers, actions: AnalysisActions) {
    this.answers = answers;
    this.actions = actions;
    this.onRecord = (type, view, byteOffset): void => {
      if (type === COMMAND_TYPE) this.take(this.command.wrap(view, byteOffset));
    };
  }

  private take({ commandSeq, kind, instrumentIndex, argument }: Command): void {
    const answer: AnswerLater = (reason, detail, value = 0) => {
      this.answers.detail = detail;
      this.answers.give(commandSeq, reason, value);
    };
    const timeframe = argument === 0 ? null : TIMEFRAMES.at(argument - 1);
    if (timeframe === undefined) {
      answer(COMMAND_REASON.badArgument, 'no such timeframe');
      return;
    }
    const outcome = this.carryOut(kind, instrumentIndex, timeframe, answer);
    if (outcome !== null) answer(outcome, outcome === COMMAND_REASON.none ? '' : REFUSALS[outcome]);
  }

  private carryOut(
    kind: number,
    instrumentIndex: number,
    timeframe: Timeframe | null,
    answer: AnswerLater,
  ): Outcome {
    switch (kind) {
      case COMMAND.analysisForce:
        return this.actions.force(instrumentIndex, timeframe, answer);
      case COMMAND.analysisAdd:
        return this.actions.add(instrumentIndex, timeframe);
      case COMMAND.analysisRemove:
        return this.actions.remove(instrumentIndex, timeframe);
      case COMMAND.analysisReport:
        return this.actions.report(instrumentIndex, timeframe, answer);
      default:
        return COMMAND_REASON.unknownCommand;
    }
  }
}

const REFUSALS: Readonly<Record<number, string>> = {
  [COMMAND_REASON.unknownCommand]: 'the analysis does not know this command',
  [COMMAND_REASON.unknownSymbol]: 'the symbol is not analysed',
  [COMMAND_REASON.badArgument]: 'the symbol is not analysed in that timeframe',
  [COMMAND_REASON.limitReached]: 'one timeframe must stay; remove the symbol',
};

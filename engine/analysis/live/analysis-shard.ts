import { SymbolState } from './symbol-state.ts';
import type { ShardAnswer, ShardTask, SymbolAnswer, SymbolTask } from './symbol-task.ts';

/** The analyses that one thread of the pool keeps. What fails costs its symbol only. One thread. */
export class AnalysisShard {
  private readonly states: Map<number, SymbolState> = new Map();

  run({ symbols }: ShardTask): ShardAnswer {
    return { symbols: symbols.map((task) => this.answer(task)) };
  }

  private answer(task: SymbolTask): SymbolAnswer {
    try {
      return this.stateOf(task).answer(task);
    } catch (error) {
      this.states.delete(task.instrumentIndex);
      return failed(task, error instanceof Error ? error.message : String(error));
    }
  }

  private stateOf({ instrumentIndex, generation, seed, isForced }: SymbolTask): SymbolState {
    const kept = this.states.get(instrumentIndex);
    const isKept = kept !== undefined && kept.generation === generation;
    // A forced analysis brings a seed to compare with, not to begin with.
    if (isKept && (seed === null || isForced)) return kept;
    if (seed === null) throw new Error(`no analysis of instrument ${instrumentIndex} is kept`);
    const state = new SymbolState(generation, seed);
    this.states.set(instrumentIndex, state);
    return state;
  }
}

function failed({ instrumentIndex, generation }: SymbolTask, failure: string): SymbolAnswer {
  return {
    instrumentIndex,
    generation,
    failure,
    frame: null,
    bias: null,
    scores: [],
    report: null,
    context: null,
    signals: [],
    outcomes: [],
    merged: null,
    minuteAtr: NaN,
    isDrifted: false,
  };
}

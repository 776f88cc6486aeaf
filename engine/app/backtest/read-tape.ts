import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { readInputs } from '../replay/read-inputs.ts';
import type { CandleBook } from './candle-tape.ts';
import { FrameTape } from './market-tape.ts';
import type { MarketTape } from './market-tape.ts';
import { isCandleFile, readCandleTape } from './read-candles.ts';

/** Which data a backtest plays. Plain data: travels to worker threads. */
export interface TapeSpec {
  readonly files: readonly string[];
  readonly venue: string;
  /** A REST depth answer to build the book from. */
  readonly snapshot: string | null;
  /** Ends of the data that is played, ms since the epoch; null = as the files have it. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** What is made up where the data are candles. */
  readonly candleBook: CandleBook;
}

/** Reads a backtest's data. Throws CliError for a file that cannot be used, naming it. */
export async function readTape(spec: TapeSpec): Promise<MarketTape> {
  const candles = spec.files.filter(isCandleFile);
  if (candles.length === spec.files.length)
    return readCandleTape(spec.files, spec.venue, spec.fromMs, spec.toMs, spec.candleBook);
  if (candles.length > 0) {
    throw new CliError(
      'BACKTEST_MIXED',
      `${candles[0]} holds candles and other files frames: one backtest plays one kind`,
      EXIT.failure,
    );
  }
  return readFrames(spec);
}

async function readFrames(spec: TapeSpec): Promise<MarketTape> {
  const [input, ...others] = await readInputs(spec.files, spec.venue, spec.snapshot);
  if (others.length > 0) {
    const paths = [input, ...others].map(({ capture }) => capture.path).join('; ');
    throw new CliError(
      'BACKTEST_SEVERAL_STREAMS',
      `the files are ${others.length + 1} separate recordings (${paths}): one backtest plays one stream`,
      EXIT.failure,
    );
  }
  if (spec.fromMs !== null) {
    throw new CliError(
      'BACKTEST_FROM',
      '--from needs candles: a recording of frames cannot begin in its middle, its book would be missing',
      EXIT.usage,
    );
  }
  const tape = new FrameTape(input.capture, input.instruments, input.breaks, spec.files, spec.toMs);
  if (tape.eventCount === 0)
    throw new CliError('BACKTEST_EMPTY', `no frame of ${input.capture.path} lies before --to`, EXIT.failure);
  return tape;
}

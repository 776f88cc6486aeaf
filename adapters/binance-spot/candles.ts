import { CandleFetchError } from '../../engine/analysis/bars/candle-port.ts';
import type { CandleFetcher, CandleQuery, VenueCandle } from '../../engine/analysis/bars/candle-port.ts';
import { type RestAnswer, RestClient } from '../venue-kit/request/rest-client.ts';
import { binanceRest } from '../binance-kit/rest-protocol.ts';

/** Most rows of one answer (rest-api.md, "Kline/Candlestick data"; weight 2). */
const CANDLES_MAX = 1_000;
/** Row: open time, open, high, low, close, volume, close time, quote volume, trades, taker buy volume, … */
const VOLUME = 5;
const TAKER_BUY = 9;
const DECIMAL = /^\d{1,20}(?:\.\d{1,20})?$/;

/** `GET /api/v3/klines`: the candles of Binance Spot, whose names of intervals are the engine's. */
export class BinanceSpotCandles implements CandleFetcher {
  readonly candlesMax: number = CANDLES_MAX;
  private readonly client: RestClient;

  /** @param rest base URL */
  constructor(rest: string, timeoutMs: number) {
    this.client = new RestClient({
      rest,
      protocol: binanceRest('/api/v3/time'),
      timeoutMs,
      recvWindowMs: 0,
      signer: null,
    });
  }

  async fetch({ symbol, timeframe, fromMs, toMs }: CandleQuery): Promise<VenueCandle[]> {
    const query = new URLSearchParams({
      symbol,
      interval: timeframe,
      startTime: String(fromMs),
      // Both ends are in the venue's range.
      endTime: String(toMs - 1),
      limit: String(CANDLES_MAX),
    });
    const what = `${timeframe} candles of ${symbol}`;
    let answer: RestAnswer;
    try {
      answer = await this.client.get('/api/v3/klines', query.toString());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CandleFetchError('VENUE_UNREACHABLE', `${what}: ${reason}`);
    }
    const { status, body, retryAfterMs } = answer;
    if (status !== 200) {
      const said = (body as { readonly msg?: unknown } | null)?.msg;
      const reason = typeof said === 'string' ? `: ${said}` : '';
      throw new CandleFetchError('VENUE_REFUSED', `${what}: http ${status}${reason}`, retryAfterMs);
    }
    if (!Array.isArray(body))
      throw new CandleFetchError('VENUE_BAD_ANSWER', `${what}: the answer is no list`);
    return body.map((row: unknown, index) => candleOf(row, `${what}, row ${index}`));
  }

  close(): void {
    this.client.close();
  }
}

function candleOf(row: unknown, what: string): VenueCandle {
  if (!Array.isArray(row) || row.length <= TAKER_BUY)
    throw new CandleFetchError('VENUE_BAD_ANSWER', `${what} is no candle`);
  const fields: readonly unknown[] = row;
  const [openTimeMs] = fields;
  if (typeof openTimeMs !== 'number' || !Number.isSafeInteger(openTimeMs))
    throw new CandleFetchError('VENUE_BAD_ANSWER', `${what}: ${String(openTimeMs)} is no time`);
  const number = (place: number): number => {
    const text = fields[place];
    if (typeof text === 'string' && DECIMAL.test(text)) return Number(text);
    throw new CandleFetchError('VENUE_BAD_ANSWER', `${what}: ${String(text)} is no number`);
  };
  return {
    openTimeMs,
    open: number(1),
    high: number(2),
    low: number(3),
    close: number(4),
    volume: number(VOLUME),
    buyVolume: number(TAKER_BUY),
  };
}

/** The strategy that the candle bench plays: averages on four timeframes, a position while all four agree. */
import { Ema, ORDER_TYPE, qtyToLots, SIDE, TIME_IN_FORCE } from 'shrike/strategy';
import type { StrategyDefinition } from 'shrike/strategy';

const TIMEFRAMES_MS = [300_000, 900_000, 3_600_000, 14_400_000] as const;
const PARAMETERS = {
  size: {
    is: 'number',
    default: 0.01,
    min: 0.0001,
    max: 1,
    unit: 'of the base asset',
    text: 'Of a position.',
  },
} as const;

export const strategy: StrategyDefinition<typeof PARAMETERS> = {
  name: 'four-timeframes',
  version: '1.0.0',
  text: 'with the trend of 5m, 15m, 1h and 4h when they agree',
  parameters: PARAMETERS,
  create(setup) {
    const trends = TIMEFRAMES_MS.map((ms) => ({
      fast: setup.ofCloses(ms, () => new Ema(9)),
      slow: setup.ofCloses(ms, () => new Ema(21)),
    }));
    const sizes = setup.perInstrument((instrument) => qtyToLots(instrument, String(setup.parameters.size)));
    let openOrders = 0;
    return {
      onBar(context, bar) {
        const { instrumentIndex } = bar;
        let up = 0;
        for (let place = 0; place < trends.length; place++) {
          const { fast, slow } = trends[place];
          up += fast.of(instrumentIndex).value > slow.of(instrumentIndex).value ? 1 : -1;
        }
        const wanted = up === 4 ? 1 : up === -4 ? -1 : 0;
        const target = wanted * sizes.of(instrumentIndex);
        const { netLots } = context.position(instrumentIndex);
        const book = context.book(instrumentIndex);
        if (openOrders > 0 || netLots === target || book === null) return;
        const side = target > netLots ? SIDE.buy : SIDE.sell;
        const priceTicks = side === SIDE.buy ? book.askTicks + 1_000 : book.bidTicks - 1_000;
        const lots = Math.abs(target - netLots);
        const { limit } = ORDER_TYPE;
        if (context.submit(instrumentIndex, side, limit, TIME_IN_FORCE.ioc, priceTicks, lots) > 0)
          openOrders++;
      },
      onReport(_context, report) {
        if (report.isTerminal) openOrders--;
      },
    };
  },
};

import type { SectionDecl } from '../key-kinds.ts';

/** Limits that hold for every instrument and can be set for one of them in `risk.symbols`. */
const LIMIT_KEYS = {
  maxPosition: { is: 'decimal', default: '5', unit: 'base asset', text: 'Largest absolute position.' },
  maxOrderQty: { is: 'decimal', default: '1', unit: 'base asset', text: 'Largest quantity of one order.' },
  maxOrderNotional: {
    is: 'decimal',
    default: '100000',
    unit: 'quote asset',
    text: 'Largest price x quantity of one order.',
  },
  maxOpenOrders: {
    is: 'int',
    min: 1,
    max: 1_000,
    default: 20,
    unit: 'orders',
    text: 'Most open orders per instrument.',
  },
  priceBandBps: {
    is: 'number',
    above: 0,
    max: 10_000,
    default: 500,
    unit: 'bps',
    text: "Widest distance of an order's price from the middle of the book.",
  },
} as const;

/** Limits of the whole engine. */
const ENGINE_KEYS = {
  startEquity: {
    is: 'decimal',
    default: '10000',
    unit: 'quote asset',
    text: 'What the account is worth at the start; strategies size by it and by the profit since.',
  },
  maxOrdersPerSecond: {
    is: 'int',
    min: 1,
    max: 100_000,
    default: 50,
    unit: 'orders/s',
    text: 'Most new orders in any second.',
  },
  latencyBudgetUs: {
    is: 'int',
    min: 0,
    max: 60_000_000,
    default: 0,
    unit: 'us',
    text: 'An order request whose tick is older than this when risk looks at it is denied; 0: any age passes.',
  },
  latencyHaltP99Us: {
    is: 'int',
    min: 0,
    max: 60_000_000,
    default: 0,
    unit: 'us',
    text: 'When the p99 of tick-to-order of a hundred consecutive orders is above this, only exits pass for latencyHaltMs; 0: never.',
  },
  latencyHaltMs: {
    is: 'int',
    min: 1,
    max: 3_600_000,
    default: 1_000,
    unit: 'ms',
    text: 'How long such a stop lasts.',
  },
  maxDrawdown: {
    is: 'share',
    default: '20%',
    unit: 'quote asset, or % of startEquity',
    text: 'Loss from the peak that stops trading; 0: no limit.',
  },
  maxDailyLoss: {
    is: 'share',
    default: '5%',
    unit: 'quote asset, or % of startEquity',
    text: 'Loss since midnight UTC, open positions included, that stops trading; 0: no limit.',
  },
  maxLossesInARow: {
    is: 'int',
    min: 0,
    max: 1_000,
    default: 0,
    unit: 'round trips',
    text: 'So many round trips lost one after the other stop trading; 0: no limit.',
  },
  maxRejectsPerMinute: {
    is: 'int',
    min: 0,
    max: 1_000_000,
    default: 0,
    unit: 'orders',
    text: 'More orders than this refused by the venue within a minute of the clock stop trading; 0: no limit.',
  },
  selfCross: {
    is: 'choice',
    of: ['deny', 'allow'],
    default: 'allow',
    text: 'An order that could trade with an open order of ours: denied, unless it is an exit, or left to the venue.',
  },
  atLimit: {
    is: 'choice',
    of: ['reduce', 'kill'],
    default: 'reduce',
    text: 'What the four limits above do: positions may only shrink and the other orders are cancelled, or nothing passes.',
  },
} as const;

interface LimitsBySymbol {
  readonly is: 'mapBySymbol';
  readonly of: typeof LIMIT_KEYS;
  readonly default: object;
  readonly text: string;
}

interface RiskSection extends SectionDecl {
  readonly keys: typeof LIMIT_KEYS & typeof ENGINE_KEYS & { readonly symbols: LimitsBySymbol };
}

/** Limits no order may cross. */
export const RISK_SECTION: RiskSection = {
  text: 'Limits no order may cross.',
  keys: {
    ...LIMIT_KEYS,
    ...ENGINE_KEYS,
    symbols: {
      is: 'mapBySymbol',
      of: LIMIT_KEYS,
      default: {},
      text: 'Limits by symbol, over the general ones.',
    },
  },
};

/** The strategy. */
export const STRATEGY_SECTION = {
  text: 'The strategy.',
  keys: {
    name: {
      is: 'text',
      default: 'momentum',
      text: 'A shipped strategy by name, or the path of a module.',
    },
    params: { is: 'anything', default: {}, text: 'Parameters, checked by the strategy.' },
    respectBias: {
      is: 'boolean',
      default: false,
      text: 'Trade only in the direction of the slow path’s bias; absent = no filter.',
    },
  },
} as const;

/** The strategy of the systems `scalping` and `hybrid`. */
export const SCALPING_SECTION = {
  text: 'The scalper of the systems scalping and hybrid.',
  keys: {
    enabled: {
      is: 'choice',
      of: ['auto', 'on', 'off'],
      default: 'auto',
      text: 'auto: on, but off in live mode on a real venue.',
    },
    strategy: {
      is: 'text',
      default: 'scalper',
      text: 'A shipped strategy by name, or the path of a module.',
    },
    params: { is: 'anything', default: {}, text: 'Parameters, checked by the strategy.' },
  },
} as const;

/** What strategies are told about the market; the same for all of them. The defaults are those of signals.md. */
export const SIGNALS_SECTION = {
  text: 'Signals that the engine makes for strategies.',
  keys: {
    orderFlow: {
      text: 'The order-flow score of a book, -100 to 100.',
      keys: {
        levels: {
          is: 'int',
          min: 1,
          max: 20,
          default: 10,
          unit: 'levels',
          text: 'Levels of each side that count.',
        },
        halfLifeMs: {
          is: 'number',
          above: 0,
          max: 86_400_000,
          default: 2_000,
          unit: 'ms',
          text: 'Time in which half of a change of the imbalance has come through.',
        },
        spreadRefBps: {
          is: 'number',
          above: 0,
          max: 10_000,
          default: 2,
          unit: 'bps',
          text: 'Spread from which a book is not tight at all.',
        },
        imbalanceGain: {
          is: 'number',
          above: 0,
          max: 1_000,
          default: 10,
          text: 'By what the imbalance in percent is multiplied.',
        },
        imbalanceWeight: {
          is: 'number',
          min: 0,
          max: 1,
          default: 0.5,
          text: 'Share of the imbalance of volumes in the score.',
        },
        ordersWeight: {
          is: 'number',
          min: 0,
          max: 1,
          default: 0.3,
          text: 'Share of the imbalance of order counts.',
        },
        tightnessWeight: {
          is: 'number',
          min: 0,
          max: 1,
          default: 0.2,
          text: 'Share of the tightness of the spread.',
        },
        moderateFrom: {
          is: 'number',
          above: 0,
          max: 100,
          default: 20,
          text: 'A score or bias this far from 0 is a view.',
        },
        strongFrom: {
          is: 'number',
          above: 0,
          max: 100,
          default: 60,
          text: 'A score or bias this far from 0 is a strong one.',
        },
        validMs: {
          is: 'number',
          min: 1,
          max: 86_400_000,
          default: 30_000,
          unit: 'ms',
          text: 'A score this old is worth nothing; until then its weight falls evenly.',
        },
        dataAgeMaxMs: {
          is: 'number',
          min: 1,
          max: 86_400_000,
          default: 10_000,
          unit: 'ms',
          text: 'Data older than this when it comes gives no score; a score older than this has low confidence.',
        },
        highAgeMs: {
          is: 'number',
          min: 0,
          max: 86_400_000,
          default: 1_000,
          unit: 'ms',
          text: 'A score must be newer than this to have high confidence.',
        },
      },
    },
    multipliers: {
      text: 'By what order flow and bias together multiply the size of a trade, before risk.',
      keys: {
        noView: { is: 'number', min: 0, max: 10, default: 1, text: 'One of them has no view.' },
        strongAlignment: {
          is: 'number',
          min: 0,
          max: 10,
          default: 1.5,
          text: 'The same direction, both strong.',
        },
        moderateAlignment: {
          is: 'number',
          min: 0,
          max: 10,
          default: 1,
          text: 'The same direction.',
        },
        moderateConflict: {
          is: 'number',
          min: 0,
          max: 10,
          default: 0.7,
          text: 'Opposite directions.',
        },
        strongConflict: {
          is: 'number',
          min: 0,
          max: 10,
          default: 0.5,
          text: 'Opposite directions, both strong.',
        },
      },
    },
  },
} as const;

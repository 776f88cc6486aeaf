/** What an engine has several of. Each list left empty stands for the one that `venue`, `symbols` and `strategy` name. */

/** Lanes: one connection's market data and its books each. */
export const LANES_KEY = {
  is: 'list',
  of: {
    text: 'A lane: the market data and the books of some symbols of one venue, with actors of their own.',
    keys: {
      name: {
        is: 'text',
        pattern: '[a-z0-9][a-z0-9-]{0,15}',
        expected: 'expected 1 to 16 lower-case letters, digits or hyphens',
        text: 'Name of the lane, in the names of its actors and rings.',
      },
      venue: { is: 'text', text: 'Venue.' },
      symbols: {
        is: 'list',
        of: { is: 'symbol' },
        min: 1,
        max: 1_024,
        text: 'Instruments of this lane.',
      },
      account: {
        is: 'text',
        pattern: '[a-z0-9][a-z0-9-]{0,15}',
        expected: 'expected 1 to 16 lower-case letters, digits or hyphens',
        default: null,
        text: "Account that trades them; unset: the first one of the lane's venue.",
      },
    },
  },
  min: 0,
  max: 16,
  default: [],
  text: 'Market data in several lanes, of one or several venues; replaces venue.name and symbols.',
} as const;

/** Accounts: an execution actor each. */
export const ACCOUNTS_KEY = {
  is: 'list',
  of: {
    text: 'An account at a venue, with an execution actor, orders and positions of its own.',
    keys: {
      name: {
        is: 'text',
        pattern: '[a-z0-9][a-z0-9-]{0,15}',
        expected: 'expected 1 to 16 lower-case letters, digits or hyphens',
        text: 'Name of the account, in the names of its actor and rings.',
      },
      venue: { is: 'text', text: 'Venue.' },
      credentialsFile: {
        is: 'text',
        default: null,
        text: "TOML file with this account's key, readable by its owner only (mode 0600); unset: the venue's.",
      },
    },
  },
  min: 0,
  max: 12,
  default: [],
  text: 'Accounts; left empty, there is one for each venue.',
} as const;

/** Strategies, spread over strategy actors. */
export const STRATEGIES_KEY = {
  is: 'list',
  of: {
    text: 'A strategy.',
    keys: {
      name: { is: 'text', text: 'A shipped strategy by name, or the path of a module.' },
      params: { is: 'anything', default: {}, text: 'Parameters, checked by the strategy.' },
      respectBias: {
        is: 'boolean',
        default: false,
        text: 'Trade only in the direction of the slow path’s bias; absent = no filter.',
      },
      actor: {
        is: 'text',
        pattern: '[a-z0-9][a-z0-9-]{0,15}',
        expected: 'expected 1 to 16 lower-case letters, digits or hyphens',
        default: 'main',
        text: 'Strategies with the same word here share a strategy actor; with topology dedicated that is a thread.',
      },
    },
  },
  min: 0,
  max: 64,
  default: [],
  text: 'Several strategies; replaces the table strategy.',
} as const;

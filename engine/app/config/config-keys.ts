import type { SectionDecl } from './key-kinds.ts';
import { ANALYSIS_SECTION } from './sections/analysis-section.ts';
import { ENGINE_SECTION } from './sections/engine-section.ts';
import { EXCHANGE_SECTION } from './sections/exchange-section.ts';
import { EXECUTION_SECTION, FILLS_SECTION, PAPER_SECTION } from './sections/execution-section.ts';
import { RISK_SECTION } from './sections/risk-section.ts';
import { API_SECTION, JOURNAL_SECTION, LOG_SECTION } from './sections/service-sections.ts';
import { ACCOUNTS_KEY, LANES_KEY, STRATEGIES_KEY } from './sections/parts-sections.ts';
import { SCALPING_SECTION, SIGNALS_SECTION, STRATEGY_SECTION } from './sections/strategy-section.ts';
import { VENUES } from '../venues/venue-registry.ts';
import { type VENUE_SECTION, venueSection } from './sections/venue-section.ts';

/** The names of all venues, as the registry has them. */
const VENUE_IDS: readonly string[] = VENUES.map(({ id }) => id);

interface VenueChoice extends SectionDecl {
  readonly keys: {
    readonly name: {
      readonly is: 'choice';
      readonly of: readonly string[];
      readonly default: string;
      readonly text: string;
    };
  };
}

/** Which venue; the registry's first is the default. */
const VENUE_CHOICE: VenueChoice = {
  text: 'The venue traded on.',
  keys: {
    name: {
      is: 'choice',
      of: VENUE_IDS,
      default: VENUE_IDS[0],
      text: 'sim is the embedded exchange: no account needed.',
    },
  },
};

/** Keys that stand alone, and sections of one key. */
const ROOT_KEYS = {
  mode: { is: 'choice', of: ['paper', 'shadow', 'live'], default: 'paper', text: 'Where orders go.' },
  system: {
    is: 'choice',
    of: ['configured', 'ultimate', 'scalping', 'hybrid'],
    default: 'configured',
    text: 'The strategies of this file with the analysis, the analysis alone, the scalper alone, or the scalper under the bias.',
  },
  seed: {
    is: 'int',
    min: 0,
    max: 4_294_967_295,
    default: 1,
    text: 'Seed of everything random in the engine and the embedded exchange.',
  },
  symbols: {
    is: 'list',
    of: { is: 'symbol' },
    min: 1,
    max: 1_024,
    default: ['BTCUSDT', 'ETHUSDT'],
    text: 'Instruments traded.',
  },
  state: {
    text: 'Files the engine keeps.',
    keys: {
      dir: {
        is: 'text',
        default: null,
        filledIn: true,
        text: 'Base folder; a folder per mode and venue in it. Default: $STATE_DIRECTORY, $XDG_STATE_HOME/shrike or ~/.local/state/shrike.',
      },
      leaveAlone: {
        is: 'list',
        of: { is: 'symbol' },
        min: 0,
        max: 1_024,
        default: [],
        text: 'Symbols no longer traded whose positions and open orders you look after; otherwise live mode refuses to start with them.',
      },
    },
  },
  book: {
    text: 'Order books.',
    keys: {
      staleMs: {
        is: 'int',
        min: 10,
        max: 3_600_000,
        default: 5_000,
        unit: 'ms',
        text: 'A book without data this long is hidden.',
      },
    },
  },
  live: {
    text: 'Consent to real orders.',
    keys: {
      confirm: {
        is: 'text',
        default: null,
        secret: true,
        text: 'The account id; live mode on a real venue refuses to start without it.',
      },
    },
  },
} as const;

interface VenueSections extends SectionDecl {
  readonly keys: { readonly [id: string]: typeof VENUE_SECTION };
}

const VENUES_SECTION: VenueSections = {
  text: 'Venues by name.',
  keys: Object.fromEntries(VENUES.map(({ id, defaults }) => [id, venueSection(id, defaults)])),
};

type ConfigKeys = {
  readonly mode: typeof ROOT_KEYS.mode;
  readonly system: typeof ROOT_KEYS.system;
  readonly seed: typeof ROOT_KEYS.seed;
  readonly symbols: typeof ROOT_KEYS.symbols;
  readonly lanes: typeof LANES_KEY;
  readonly accounts: typeof ACCOUNTS_KEY;
  readonly state: typeof ROOT_KEYS.state;
  readonly engine: typeof ENGINE_SECTION;
  readonly venue: VenueChoice;
  readonly venues: VenueSections;
  readonly exchange: typeof EXCHANGE_SECTION;
  readonly scalping: typeof SCALPING_SECTION;
  readonly strategy: typeof STRATEGY_SECTION;
  readonly strategies: typeof STRATEGIES_KEY;
  readonly signals: typeof SIGNALS_SECTION;
  readonly risk: typeof RISK_SECTION;
  readonly execution: typeof EXECUTION_SECTION;
  readonly paper: typeof PAPER_SECTION;
  readonly fills: typeof FILLS_SECTION;
  readonly book: typeof ROOT_KEYS.book;
  readonly analysis: typeof ANALYSIS_SECTION;
  readonly journal: typeof JOURNAL_SECTION;
  readonly api: typeof API_SECTION;
  readonly log: typeof LOG_SECTION;
  readonly live: typeof ROOT_KEYS.live;
};

/**
 * Every key of the configuration. A key is declared once, in its section; its check, its type in `EngineConfig`, its
 * default, its line in `config init` and `config schema` and its JSON Schema follow from that. A section is a file in
 * `sections` and a line here (and in the interface above, which keeps the literal types).
 */
export const CONFIG_KEYS: ConfigKeys = {
  mode: ROOT_KEYS.mode,
  system: ROOT_KEYS.system,
  seed: ROOT_KEYS.seed,
  symbols: ROOT_KEYS.symbols,
  lanes: LANES_KEY,
  accounts: ACCOUNTS_KEY,
  state: ROOT_KEYS.state,
  engine: ENGINE_SECTION,
  venue: VENUE_CHOICE,
  venues: VENUES_SECTION,
  exchange: EXCHANGE_SECTION,
  scalping: SCALPING_SECTION,
  strategy: STRATEGY_SECTION,
  strategies: STRATEGIES_KEY,
  signals: SIGNALS_SECTION,
  risk: RISK_SECTION,
  execution: EXECUTION_SECTION,
  paper: PAPER_SECTION,
  fills: FILLS_SECTION,
  book: ROOT_KEYS.book,
  analysis: ANALYSIS_SECTION,
  journal: JOURNAL_SECTION,
  api: API_SECTION,
  log: LOG_SECTION,
  live: ROOT_KEYS.live,
};

import type { VenueDefaults } from '../../../../adapters/venue-kit/venue-descriptor.ts';
import type { SectionDecl } from '../key-kinds.ts';

/** Where a venue is and how it is talked to: the same keys for every venue, with defaults of its own. */
export const VENUE_SECTION = {
  text: 'A venue.',
  keys: {
    endpoints: {
      text: 'Addresses.',
      keys: {
        rest: { is: 'url', protocols: ['https:', 'http:'], default: null, text: 'REST base URL.' },
        stream: {
          is: 'url',
          protocols: ['wss:', 'ws:'],
          default: null,
          text: 'Market data WebSocket base URL.',
        },
        wsApi: { is: 'url', protocols: ['wss:', 'ws:'], default: null, text: 'WebSocket API (orders) URL.' },
      },
    },
    credentials: {
      text: 'Sources of the API key. The key itself never stands in a config file.',
      keys: {
        file: {
          is: 'text',
          default: null,
          text: 'TOML file with apiKey and apiSecret or privateKeyPem, readable by its owner only (mode 0600).',
        },
        apiKey: { is: 'text', secret: true, environmentOnly: true, text: 'API key.' },
        apiSecret: { is: 'text', secret: true, environmentOnly: true, text: 'HMAC secret.' },
        privateKeyPem: { is: 'text', secret: true, environmentOnly: true, text: 'Ed25519 private key, PEM.' },
      },
    },
    depthIntervalMs: {
      is: 'int',
      min: 1,
      max: 60_000,
      default: 100,
      unit: 'ms',
      text: 'Period of the depth stream.',
    },
    snapshotLevels: {
      is: 'int',
      min: 5,
      max: 5_000,
      default: 1_000,
      unit: 'levels',
      text: 'Levels per side asked for in a book snapshot.',
    },
    recvWindowMs: {
      is: 'int',
      min: 1,
      max: 60_000,
      default: 5_000,
      unit: 'ms',
      text: 'How old a signed request may be at the venue.',
    },
    requestTimeoutMs: {
      is: 'int',
      min: 10,
      max: 120_000,
      default: 10_000,
      unit: 'ms',
      text: 'Longest wait for a REST answer.',
    },
    reconnectMinMs: {
      is: 'int',
      min: 1,
      max: 600_000,
      default: 250,
      unit: 'ms',
      text: 'First reconnect delay; doubles with jitter.',
    },
    reconnectMaxMs: {
      is: 'int',
      min: 1,
      max: 600_000,
      default: 15_000,
      unit: 'ms',
      text: 'Longest reconnect delay.',
    },
    leverage: {
      is: 'int',
      min: 0,
      max: 125,
      default: 0,
      text: 'Leverage set for every symbol at start, where positions are on margin; 0: left as it is.',
    },
    marginMode: {
      is: 'choice',
      of: ['as-is', 'cross', 'isolated'],
      default: 'as-is',
      text: 'Margin mode set for every symbol at start, where positions are on margin; as-is: left as it is.',
    },
    instrumentsPollMs: {
      is: 'int',
      min: 0,
      max: 86_400_000,
      default: 30_000,
      unit: 'ms',
      text: 'How often the venue is asked whether status, band or limits of an instrument changed; 0: never.',
    },
    rotateAfterMs: {
      is: 'int',
      min: 60_000,
      max: 86_400_000,
      default: 85_800_000,
      unit: 'ms',
      text: 'Age at which a connection is replaced, before the venue closes it after 24 h.',
    },
  },
} as const;

/** The section of one venue: the common keys with this venue's defaults. */
export function venueSection(name: string, defaults: VenueDefaults): typeof VENUE_SECTION {
  const { keys } = VENUE_SECTION;
  const { rest, stream, wsApi } = keys.endpoints.keys;
  const embedded = defaults.rest === null ? ' Unset: the embedded exchange is started and used.' : '';
  const section: SectionDecl = {
    text: `The venue ${name}.`,
    keys: {
      ...keys,
      endpoints: {
        ...keys.endpoints,
        keys: {
          rest: { ...rest, default: defaults.rest, text: `${rest.text}${embedded}` },
          stream: { ...stream, default: defaults.stream, text: `${stream.text}${embedded}` },
          wsApi: { ...wsApi, default: defaults.wsApi, text: `${wsApi.text}${embedded}` },
        },
      },
      depthIntervalMs: { ...keys.depthIntervalMs, default: defaults.depthIntervalMs },
      instrumentsPollMs: { ...keys.instrumentsPollMs, default: defaults.instrumentsPollMs },
    },
  };
  // The same keys with other defaults: the type of a loaded venue is the same.
  return section as typeof VENUE_SECTION;
}

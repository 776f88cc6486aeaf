import type { CONFIG_KEYS } from './config-keys.ts';
import type { ConfigTable } from './key-kinds.ts';

/**
 * The configuration after every layer is applied: what the composition root hands to the parts, frozen. Its type is
 * that of the declared keys (`config-keys.ts`). Prices and sizes stay decimal text here, because ticks and lots
 * exist only once the instruments are known.
 */
export type EngineConfig = ConfigTable<typeof CONFIG_KEYS>;

export type VenueName = EngineConfig['venue']['name'];
export type IdleName = EngineConfig['engine']['idle'];

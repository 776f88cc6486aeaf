import type { FeedFactory } from '../../engine/market-data/feed-port.ts';
import { createMarketFeed } from '../venue-kit/feed/market-feed.ts';
import type { FeedOptions } from '../venue-kit/feed/market-feed.ts';
import { BINANCE_USDM_FEED } from './feed-protocol.ts';

/** A live feed of Binance USD-M futures (also of the embedded exchange's perpetuals, by its endpoints). */
export function createBinanceUsdmFeed(options: FeedOptions): FeedFactory {
  return createMarketFeed(BINANCE_USDM_FEED, options);
}

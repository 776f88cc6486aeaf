import type { Route } from '../http/route.ts';
import { ABSENT_ROUTES } from './absent-routes.ts';
import { ANALYSIS_ROUTES } from './analysis-routes.ts';
import { COMMAND_ROUTES } from './command-routes.ts';
import { ENGINE_ROUTES } from './engine-routes.ts';
import { MARKET_ROUTES } from './market-routes.ts';
import { ORDER_ROUTES } from './order-routes.ts';
import { SESSION_ROUTES } from './session-routes.ts';
import { SIGNAL_ROUTES } from './signal-routes.ts';
import { STRATEGY_ROUTES } from './strategy-routes.ts';
import { STREAM_ROUTES } from './stream-routes.ts';
import { TRADING_ROUTES } from './trading-routes.ts';

/** Every endpoint with data; the pages of the documentation come beside them. */
export const ALL_ROUTES: readonly Route[] = [
  ...ENGINE_ROUTES,
  ...TRADING_ROUTES,
  ...ORDER_ROUTES,
  ...MARKET_ROUTES,
  ...ANALYSIS_ROUTES,
  ...STRATEGY_ROUTES,
  ...SIGNAL_ROUTES,
  ...STREAM_ROUTES,
  ...COMMAND_ROUTES,
  ...SESSION_ROUTES,
  ...ABSENT_ROUTES,
];

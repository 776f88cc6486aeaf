import type { OrderDetail } from './accounts.ts';
import type { ExchangeState } from './exchange-state.ts';
import type { OrderFlow } from './order-flow.ts';
import type { PerpExchange } from './perp/perp-exchange.ts';
import type { ExchangeCredentials } from './request-auth.ts';
import type { StreamHub } from './streams.ts';
import type { WsApi } from './ws-api.ts';

/** What a running exchange is made of. */
export interface ExchangeParts {
  readonly state: ExchangeState;
  readonly hub: StreamHub<OrderDetail>;
  readonly wsApi: WsApi<ExchangeState>;
  readonly flows: readonly OrderFlow<OrderDetail>[];
  readonly credentials: readonly ExchangeCredentials[];
  /** Null when no perpetuals were asked for. */
  readonly perps: PerpExchange | null;
}

import type { RestProtocol } from '../venue-kit/request/rest-client.ts';

/** REST of Binance Spot (rest-api.md, "General API Information" and "Check server time"). */
export const BINANCE_SPOT_REST: RestProtocol = {
  timePath: '/api/v3/time',
  timeMsOf: (body) => {
    const time = (body as { readonly serverTime?: unknown } | null)?.serverTime;
    return typeof time === 'number' ? time : NaN;
  },
  keyHeader: 'X-MBX-APIKEY',
  usedWeightHeader: 'x-mbx-used-weight-1m',
};

import type { RestProtocol } from '../venue-kit/request/rest-client.ts';

/**
 * REST of a venue of Binance's (rest-api.md, "General API Information" and "Check server time").
 * @param timePath path of its clock
 */
export function binanceRest(timePath: string): RestProtocol {
  return { ...BINANCE_REST, timePath };
}

const BINANCE_REST: Omit<RestProtocol, 'timePath'> = {
  timeMsOf: (body) => {
    const time = (body as { readonly serverTime?: unknown } | null)?.serverTime;
    return typeof time === 'number' ? time : NaN;
  },
  keyHeader: 'X-MBX-APIKEY',
  usedWeightHeader: 'x-mbx-used-weight-1m',
};

import type { OpenFramedSocket } from '../../net/framed-socket.ts';
import type { RestClient } from '../request/rest-client.ts';
import type { SnapshotClient } from '../book/snapshot-client.ts';

/** What a venue needs of REST. */
export type VenueRest = Pick<RestClient, 'serverTimeMs' | 'signedGet' | 'close'>;

/** How feed and venue reach the exchange when it is not over the network. Belongs to one event-loop thread. */
export interface ExchangeLink {
  readonly openSocket: OpenFramedSocket;
  readonly snapshots: Pick<SnapshotClient, 'fetch' | 'close'>;
  readonly rest: VenueRest;
}

import type { OpenFramedSocket } from '../../net/framed-socket.ts';
import type { RestClient } from '../request/rest-client.ts';
import type { SnapshotClient } from '../book/snapshot-client.ts';

/** What a venue needs of REST. */
export type VenueRest = Pick<RestClient, 'serverTimeMs' | 'signedGet' | 'signed' | 'keyed' | 'close'>;

/** Ways of feed and venue to the exchange other than Node's streams. Belongs to one event-loop thread. */
export interface ExchangeLink {
  readonly openSocket: OpenFramedSocket;
  readonly snapshots: Pick<SnapshotClient, 'fetch' | 'close'>;
  readonly rest: VenueRest;
}

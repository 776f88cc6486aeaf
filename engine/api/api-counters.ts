import { counterIndexes } from '../ipc/counters.ts';
import type { CounterIndexes } from '../ipc/counters.ts';

/** What the api counts. */
export const API_COUNTERS = {
  recordsRead: 'Records taken from the rings of the hot actors; rises with activity.',
  recordsUnwanted:
    'Records nobody had subscribed; a producer that asked TelemetryInterest would not have sent them.',
  recordsUnreadable:
    'Records with numbers that cannot be shown, or of an unknown instrument; a producer errs.',
  unknownTemplate: 'Records of a type the api does not show; a rise means producer and api disagree.',
  clientsAccepted: 'Telemetry clients let in.',
  clientsRefusedFull: 'Telemetry clients refused because the client limit was reached.',
  clientsRefusedOrigin: 'Browser pages of a foreign origin (or host name) that tried to read the engine.',
  clientsRefusedAuth: 'Requests and telemetry clients without the right token.',
  clientsEvicted: 'Clients disconnected because they did not read for too long.',
  clientsUnresponsive: 'Clients disconnected because they did not answer a ping.',
  clientsMisbehaved: 'Clients disconnected for oversized messages or too many commands.',
  commandsRefused: 'Commands of clients that could not be understood.',
  framesSent: 'Telemetry frames handed to client sockets.',
  bytesSent: 'Payload bytes handed to client sockets.',
  statesConflated: 'State updates a slow client skipped; it gets the newest state when it reads again.',
  eventsDropped: 'Events a slow client did not get; it is told how many.',
  eventsOverflowed: 'Events given up for everybody because too many came between two batches.',
  statsReceived: 'Stats messages from the supervisor; standing still means the main thread hangs.',
} as const;

/** Places of the counters. */
export const API_COUNTER: CounterIndexes<typeof API_COUNTERS> = counterIndexes(API_COUNTERS);

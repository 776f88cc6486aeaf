import { contextTableBytes } from '../../analysis/context-table.ts';
import { biasBytes } from '../../analysis/bias-frame.ts';
import { portfolioTableBytes } from '../../analysis/portfolio/portfolio-table.ts';
import { signalTableBytes } from '../../analysis/signals/signal-table.ts';
import { scheduleTableBytes } from '../../analysis/schedule/status-table.ts';
import { sharedBookBytes } from '../../book/shared-book.ts';
import { sharedPricesBytes } from '../../book/shared-prices.ts';
import { INSTRUMENTS_DEFAULT } from '../../core/limits.ts';
import { fillLedgerBytes } from '../../execution/fill-ledger.ts';
import { executionOutboxBytes } from '../../execution/order-reports.ts';
import { orderTableBytes } from '../../execution/order-table.ts';
import { paperStateBytes } from '../../execution/paper-ids.ts';
import { BURIED_RECORD_BYTES } from '../../ipc/buried-record.ts';
import { venueIdBytes } from '../../execution/venue-id-reader.ts';
import { COUNTER_BLOCK_BYTES } from '../../ipc/counters.ts';
import { DOORBELL_BYTES } from '../../ipc/doorbell.ts';
import { ERROR_LOG_BYTES } from '../../ipc/error-log.ts';
import { instrumentSlotsBytes } from '../../ipc/instrument-slots.ts';
import { levelWatchBytes } from '../../ipc/level-watch.ts';
import { MemoryMapBuilder } from '../../ipc/memory-map.ts';
import { ringBytes } from '../../ipc/ring.ts';
import { STRATEGY_HOSTS_BYTES } from '../../ipc/strategy-hosts.ts';
import { TELEMETRY_INTEREST_BYTES } from '../../ipc/telemetry-interest.ts';
import { TURN_WORD_BYTES } from '../../ipc/turn-word.ts';
import { WAIT_HISTOGRAM_BYTES } from '../../ipc/wait-histogram.ts';
import { JOURNAL_CELL_BYTES } from '../../journal/journal-cell.ts';
import { breakersBytes } from '../../risk/breakers.ts';
import { reservationBytes } from '../../risk/reservations.ts';
import { riskApprovalsBytes, riskReportsBytes } from '../../risk/risk-messages.ts';
import { positionTableBytes } from '../../risk/positions.ts';
import { strategyPositionBytes } from '../../risk/strategy-positions.ts';
import { tradingStateBytes } from '../../risk/trading-state.ts';
import { ACTOR_CONTROL_BYTES } from '../../runtime/actor-control.ts';
import { PAUSE_LOG_BYTES } from '../../runtime/pause-log.ts';
import { THREAD_CONTROL_BYTES } from '../../runtime/thread-control.ts';
import { labelOf } from '../../runtime/actor.ts';
import { actorsOf, reportRings } from '../../runtime/topology.ts';
import type { EngineTopology } from '../../runtime/topology.ts';
import { BRACKET_TABLE_BYTES } from '../../strategy/bracket-table.ts';
import { INTENT_COUNTER_BYTES } from '../../strategy/intent-counter.ts';
import { STRATEGY_FAULTS_BYTES } from '../../strategy/strategy-faults.ts';
import { STRATEGY_MEMORY_BYTES } from '../../strategy/strategy-memory.ts';
import { STRATEGY_SLOTS_BYTES } from '../strategy/strategy-slots.ts';
import { labelledName, SUPERVISOR_THREAD, takesWishes } from './wiring.ts';
import type { SharedMemory } from './wiring.ts';

/**
 * Computes every byte the engine will ever share and allocates it: rings, doorbells, control blocks, counters, error
 * logs, and the state that outlives an actor. Main thread, once.
 * @param instrumentsMax room for so many instruments; pages that nobody touches take no memory
 */
export function planMemory(
  topology: EngineTopology,
  instrumentsMax: number = INSTRUMENTS_DEFAULT,
): SharedMemory {
  const builder = new MemoryMapBuilder();
  for (const edge of topology.edges) builder.reserve(`ring:${edge.name}`, ringBytes(edge.capacityBytes));
  for (const ring of reportRings(topology)) builder.reserve(`waits:${ring}`, WAIT_HISTOGRAM_BYTES);
  for (const { name } of topology.threads) {
    builder.reserve(`doorbell:${name}`, DOORBELL_BYTES);
    builder.reserve(`thread:${name}`, THREAD_CONTROL_BYTES);
    builder.reserve(`errors:${name}`, ERROR_LOG_BYTES);
    builder.reserve(`turn:${name}`, TURN_WORD_BYTES);
    builder.reserve(`pauses:${name}`, PAUSE_LOG_BYTES);
  }
  builder.reserve(`errors:${SUPERVISOR_THREAD}`, ERROR_LOG_BYTES);
  for (const actor of topology.actors) {
    builder.reserve(`control:${actor}`, ACTOR_CONTROL_BYTES);
    builder.reserve(`counters:${actor}`, COUNTER_BLOCK_BYTES);
    if (takesWishes(actor)) builder.reserve(`buried:${actor}`, BURIED_RECORD_BYTES);
  }
  builder.reserve('state:instruments', instrumentSlotsBytes(instrumentsMax));
  builder.reserve('state:books', sharedBookBytes(instrumentsMax));
  builder.reserve('state:prices', sharedPricesBytes(instrumentsMax));
  builder.reserve('state:bias', biasBytes(instrumentsMax));
  builder.reserve('state:contexts', contextTableBytes(instrumentsMax));
  builder.reserve('state:schedule', scheduleTableBytes(instrumentsMax));
  builder.reserve('state:signals', signalTableBytes(instrumentsMax));
  builder.reserve('state:portfolio', portfolioTableBytes(instrumentsMax));
  builder.reserve('state:positions', positionTableBytes(instrumentsMax));
  builder.reserve('state:strategy-positions', strategyPositionBytes(instrumentsMax));
  const accounts = actorsOf(topology, 'execution').map(labelOf);
  for (const label of accounts) {
    builder.reserve(labelledName('state:orders', label), orderTableBytes());
    builder.reserve(labelledName('state:fills', label), fillLedgerBytes(instrumentsMax));
    builder.reserve(labelledName('state:venue-ids', label), venueIdBytes());
    builder.reserve(labelledName('state:paper', label), paperStateBytes());
    builder.reserve(labelledName('state:level-watch', label), levelWatchBytes());
    builder.reserve(labelledName('state:execution-outbox', label), executionOutboxBytes());
  }
  builder.reserve('state:trading', tradingStateBytes(accounts.length));
  builder.reserve('state:reservations', reservationBytes(accounts.length));
  builder.reserve('state:breakers', breakersBytes(instrumentsMax));
  builder.reserve('state:risk-approvals', riskApprovalsBytes());
  builder.reserve('state:risk-reports', riskReportsBytes());
  builder.reserve('state:journal', JOURNAL_CELL_BYTES);
  builder.reserve('state:telemetry', TELEMETRY_INTEREST_BYTES);
  for (const actor of actorsOf(topology, 'strategy')) {
    builder.reserve(labelledName('state:intents', labelOf(actor)), INTENT_COUNTER_BYTES);
    builder.reserve(labelledName('state:brackets', labelOf(actor)), BRACKET_TABLE_BYTES);
  }
  builder.reserve('state:strategy-memory', STRATEGY_MEMORY_BYTES);
  builder.reserve('state:strategy-faults', STRATEGY_FAULTS_BYTES);
  builder.reserve('state:strategy-hosts', STRATEGY_HOSTS_BYTES);
  builder.reserve('state:strategies', STRATEGY_SLOTS_BYTES);
  const map = builder.seal();
  return { buffer: new SharedArrayBuffer(map.byteLength), map, topology };
}

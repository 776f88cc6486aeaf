import { afterEach, describe, expect, test } from 'vitest';
import { Prng } from '../../engine/core/prng.ts';
import { EventTopic, EVENTS_PER_BATCH_MAX, StateTopic } from '../../engine/api/telemetry-topics.ts';
import { TELEMETRY_TOPIC_BIT } from '../../engine/ipc/telemetry-interest.ts';
import { ApiHarness, until } from '../fixtures/api-harness.ts';
import { venuePrices } from '../fixtures/venue-prices.ts';
import type { Probe } from '../fixtures/api-harness.ts';

const open: ApiHarness[] = [];

async function start(config: ConstructorParameters<typeof ApiHarness>[0] = {}): Promise<ApiHarness> {
  const harness = new ApiHarness(config);
  open.push(harness);
  return harness.start();
}

afterEach(async () => {
  for (const harness of open.splice(0)) await harness.stop();
});

function logLine(message: string): unknown {
  return { kind: 'log', lines: [{ epochUs: 1_700_000_000_000_000, level: 'info', source: 'test', message }] };
}

describe('telemetry topics', () => {
  test('a snapshot and the deltas after it make up the state, whatever changes', () => {
    const random = new Prng(3);
    const topic = new StateTopic('book');
    let rebuilt: Record<string, unknown> = {};
    let truth: Record<string, unknown> = {};
    for (let step = 0; step < 2_000; step++) {
      truth = { ...truth };
      for (let change = random.nextInt(4); change > 0; change--) {
        const key = `K${random.nextInt(6)}`;
        if (random.nextInt(4) === 0) delete truth[key];
        else truth[key] = { value: random.nextInt(3), list: [random.nextInt(2)] };
      }
      const base = topic.seq;
      const hasChanged = topic.update(truth, 0);
      expect(topic.seq).toBe(hasChanged ? base + 1 : base);
      if (step === 500) rebuilt = { ...topic.snapshot(0).state };
      if (step <= 500) continue;
      if (hasChanged) {
        Object.assign(rebuilt, topic.delta!.set);
        for (const key of topic.delta!.removed) delete rebuilt[key];
      }
      expect(rebuilt).toEqual(truth);
    }
  });

  test('a topic flooded between two batches gives up the oldest events and its numbers show how many', () => {
    const topic = new EventTopic('trades');
    for (let id = 1; id <= EVENTS_PER_BATCH_MAX + 30; id++) topic.push({ id });
    const batch = topic.takeBatch(0)!;
    expect(batch.events).toHaveLength(EVENTS_PER_BATCH_MAX);
    expect(batch.events[0]).toEqual({ id: 31 });
    expect(batch.first).toBe(1);
    expect(batch.seq).toBe(EVENTS_PER_BATCH_MAX + 30);
    expect(topic.overflowed).toBe(30);
    expect(topic.takeBatch(0)).toBeNull();
  });
});

describe('telemetry feed', () => {
  test('clients of both formats rebuild the same state, equal to what is in shared memory', async () => {
    const harness = await start();
    const binary = await harness.connect();
    const text = await harness.connect('?format=json');
    for (const probe of [binary, text]) probe.subscribe('book', 'positions');
    const random = new Prng(11);
    for (let round = 0; round < 12; round++) {
      const bid = 6_000_000 + random.nextInt(500);
      harness.setBook(0, bid, bid + 1 + random.nextInt(3), 1 + random.nextInt(1000));
      if (round % 3 === 0) harness.books.hide(1, 3);
      else harness.setBook(1, 300_000 + round, 300_002 + round, 5);
      harness.positions.applyFill(
        0,
        round + 1,
        random.nextInt(2) + 1,
        bid,
        10 + round,
        3,
        harness.clock.nowNs(),
      );
      await until('a step of the book', () => binary.rebuild('book').seq > round);
    }
    const late = await harness.connect();
    late.subscribe('book', 'positions');
    await until('everybody stands at the same place', () => {
      const places = [binary, text, late].map(
        (probe) => `${probe.rebuild('book').seq},${probe.rebuild('positions').seq}`,
      );
      return late.of('positions').length > 0 && new Set(places).size === 1;
    });
    for (const topic of ['book', 'positions']) {
      expect(binary.rebuild(topic).state).toEqual(late.rebuild(topic).state);
      expect(text.rebuild(topic).state).toEqual(late.rebuild(topic).state);
    }
    const positions = late.rebuild('positions').state as Record<string, Record<string, unknown>>;
    harness.positions.read(0);
    expect(positions.BTCUSDT).toMatchObject({
      netLots: harness.positions.netLots,
      lastFillSeq: 12,
      boughtLots: harness.positions.boughtLots,
    });
    expect(positions.ETHUSDT).toMatchObject({ netLots: 0, qty: '0.00000' });
    const book = late.rebuild('book').state as Record<string, Record<string, never>>;
    expect(book.BTCUSDT.isValid).toBe(true);
    expect(book.BTCUSDT.bids).toHaveLength(2);
    expect(book.BTCUSDT.bids[0][0]).toMatch(/^60\d{3}\.\d{2}$/);
    expect(binary.of('book').length).toBeGreaterThan(5);
  });

  test('a msgpack frame and the json frame of the same number say the same', async () => {
    const harness = await start();
    harness.setBook(0, 6_000_000, 6_000_001, 10);
    harness.bias.publish(
      0,
      {
        value: 44.5,
        supportTicks: NaN,
        resistanceTicks: 6_100_000,
        pocTicks: 6_000_000,
        keyLevelTicks: 6_050_000,
        scores: [1.5, NaN, 44],
      },
      harness.clock.nowNs(),
      harness.clock.nowNs() + 60e9,
    );
    const funding = { fundingRateE8: -12_345, nextFundingMs: 1_700_000_000_000 };
    harness.prices.take(0, venuePrices({ markUnits: 60_000_123_400, ...funding }));
    const binary = await harness.connect();
    const text = await harness.connect('?format=json');
    for (const probe of [binary, text]) probe.subscribe('book', 'trades', 'fills', 'log');
    await until('snapshots', () => binary.of('log').length > 0 && text.of('log').length > 0);
    for (let id = 1; id <= 30; id++) harness.sendTrade(id, id % 2);
    harness.sendFill(1, 500);
    harness.supervisor.postMessage(logLine('ünïcode line'));
    const isDone = (probe: Probe): boolean =>
      probe.events('trades').events.length === 30 &&
      probe.events('fills').events.length === 1 &&
      probe.events('log').events.length === 1;
    await until('all events on both', () => isDone(binary) && isDone(text));
    for (const topic of ['trades', 'fills', 'log']) {
      const batches = (probe: Probe): unknown[] => probe.of(topic).filter((frame) => frame.type === 'events');
      expect(batches(binary)).toEqual(batches(text));
    }
    const book = binary.rebuild('book').state.BTCUSDT as Record<string, Record<string, unknown>>;
    expect(text.rebuild('book').state.BTCUSDT).toEqual(book);
    expect(book).toMatchObject({
      status: 'trading',
      markPrice: '60000.123400',
      fundingRate: '-0.00012345',
      nextFundingMs: 1_700_000_000_000,
    });
    expect(text.rebuild('book').state.ETHUSDT).not.toHaveProperty('markPrice');
    expect(book.bias).toMatchObject({ value: 44.5, strength: 'moderateBuy', supportTicks: null });
    expect(book.bias.scores).toMatchObject({ '1m': 1.5, '5m': null, '15m': 44, '1w': null });
    expect((text.rebuild('book').state.ETHUSDT as Record<string, unknown>).bias).toBeNull();
    expect(binary.events('fills').events[0]).toMatchObject({
      symbol: 'BTCUSDT',
      side: 'sell',
      price: '60000.50',
      qty: '0.00500',
      fee: '0.0000012',
      isMaker: true,
    });
  });

  test('ids of the venue are shown as the venue wrote them, also when the text was forgotten since', async () => {
    const harness = await start();
    const probe = await harness.connect();
    probe.subscribe('fills');
    await until('the snapshot', () => probe.of('fills').length > 0);
    harness.sendFill(1, 500);
    harness.sendFill(2, 500, harness.venueIds.keyOfValue('9223372036854775807'));
    harness.sendFill(3, 500, harness.venueIds.keyOfValue('5f1c36b0-9a5c-4c12-8d1e-0123456789ab'));
    harness.sendFill(4, 500, -1);
    await until('all fills', () => probe.events('fills').events.length === 4);
    expect(probe.events('fills').events.map((fill) => fill['venueTradeId'])).toEqual([
      1001,
      '9223372036854775807',
      '5f1c36b0-9a5c-4c12-8d1e-0123456789ab',
      '(forgotten)',
    ]);
  });

  test('an expired bias is shown as none', async () => {
    const harness = await start();
    const nowNs = harness.clock.nowNs();
    const content = {
      value: -80,
      supportTicks: NaN,
      resistanceTicks: NaN,
      pocTicks: NaN,
      keyLevelTicks: NaN,
      scores: [],
    };
    harness.bias.publish(0, content, nowNs, nowNs + 300e6);
    const probe = await harness.connect();
    probe.subscribe('book');
    const bias = (): unknown =>
      (probe.rebuild('book').state.BTCUSDT as Record<string, unknown> | undefined)?.bias;
    await until('the bias', () => bias() !== undefined && bias() !== null);
    expect(bias()).toMatchObject({ value: -80, strength: 'strongSell' });
    await until('its end', () => bias() === null);
  });

  test('a frame is encoded once per format, however many clients listen', async () => {
    const harness = await start();
    const probes = await Promise.all(
      Array.from({ length: 12 }, (_, index) => harness.connect(index % 2 === 0 ? '' : '?format=json')),
    );
    for (const probe of probes) probe.subscribe('trades');
    await until('all subscribed', () => probes.every((probe) => probe.of('trades').length > 0));
    const feed = (harness.actor as unknown as { feed: { encodingCount: number } }).feed;
    const before = feed.encodingCount;
    for (let id = 1; id <= 200; id++) harness.sendTrade(id);
    await until('all received', () => probes.every((probe) => probe.events('trades').events.length === 200));
    const batches = probes[0].of('trades').filter((frame) => frame.type === 'events').length;
    expect(feed.encodingCount - before).toBe(2 * batches);
  });

  test('resync brings a fresh snapshot, unsubscribe ends a topic', async () => {
    const harness = await start();
    const probe = await harness.connect();
    probe.subscribe('book', 'log');
    await until('the snapshot', () => probe.of('book').length === 1);
    probe.send({ op: 'resync', topics: ['book'] });
    await until(
      'a second snapshot',
      () => probe.of('book').filter((f) => f.type === 'snapshot').length === 2,
    );
    probe.send({ op: 'unsubscribe', topics: ['book'] });
    await until('the ack', () => probe.frames.some((f) => f.type === 'ack' && f.op === 'unsubscribe'));
    const seen = probe.of('book').length;
    harness.setBook(0, 100, 101, 1);
    harness.supervisor.postMessage(logLine('later'));
    await until('the log line', () => probe.events('log').events.length === 1);
    expect(probe.of('book')).toHaveLength(seen);
  });

  test('newcomers get the last events and then the next ones, none twice', async () => {
    const harness = await start();
    const early = await harness.connect();
    early.subscribe('fills');
    await until('the early snapshot', () => early.of('fills').length === 1);
    for (let seq = 1; seq <= 250; seq++) harness.sendFill(seq, 10);
    await until('early has all', () => early.events('fills').events.length === 250);
    const late = await harness.connect();
    late.subscribe('fills');
    await until('the late snapshot', () => late.of('fills').length === 1);
    expect(late.events('fills').events).toHaveLength(200);
    for (let seq = 251; seq <= 300; seq++) harness.sendFill(seq, 10);
    await until(
      'both have the last',
      () => early.events('fills').events.length === 300 && late.events('fills').events.length === 250,
    );
    expect(late.events('fills').events.map((event) => event.fillSeq)).toEqual(
      Array.from({ length: 250 }, (_, index) => index + 51),
    );
    expect(early.events('fills').missing).toBe(0);
  });

  test('producers see who listens, and trades nobody watches are not looked at', async () => {
    const harness = await start();
    expect(harness.interest.wants(0xff)).toBe(false);
    harness.sendTrade(1);
    await until('the record is read', () => harness.count('recordsRead') === 1);
    expect(harness.count('recordsUnwanted')).toBe(1);
    const probe = await harness.connect();
    probe.subscribe('trades', 'book');
    await until('interest', () => harness.interest.wants(TELEMETRY_TOPIC_BIT.trades));
    expect(harness.interest.wants(TELEMETRY_TOPIC_BIT.orders | TELEMETRY_TOPIC_BIT.signals)).toBe(false);
    probe.socket.close();
    await until('no interest', () => !harness.interest.wants(0xff));
  });
});

describe('a client that does not read', () => {
  const LINE = 'x'.repeat(2_000);

  test('loses events it is told of, while others get everything and memory stays bounded', async () => {
    const bufferBytes = 256 * 1024;
    const harness = await start({ maxClientBufferBytes: bufferBytes, evictAfterMs: 600_000 });
    const slow = await harness.connect();
    const fast = await harness.connect();
    for (const probe of [slow, fast]) probe.subscribe('log', 'actors');
    await until('both subscribed', () => slow.of('log').length > 0 && fast.of('log').length > 0);
    slow.socket.pause();
    let sent = 0;
    const feed = (
      harness.actor as unknown as { feed: { clients: Set<{ socket: { bufferedAmount: number } }> } }
    ).feed;
    let mostBuffered = 0;
    const flood = async (lines: number): Promise<void> => {
      for (let index = 0; index < lines; index++)
        harness.supervisor.postMessage(logLine(`${++sent} ${LINE}`));
      await until('the fast client follows', () => fast.events('log').events.length === sent);
      for (const client of feed.clients) mostBuffered = Math.max(mostBuffered, client.socket.bufferedAmount);
    };
    while (harness.count('eventsDropped') < 500) {
      expect(sent).toBeLessThan(60_000);
      await flood(100);
    }
    await until('states are conflated', () => harness.count('statesConflated') > 0);
    expect(mostBuffered).toBeLessThan(bufferBytes + 100 * 2_200);
    expect(fast.events('log')).toMatchObject({ dropped: 0, missing: 0 });

    slow.socket.resume();
    await until('the slow client is told', () => slow.events('log').dropped > 0);
    await flood(10);
    const last = (): unknown => slow.events('log').events.at(-1)?.message;
    await until('it gets events again', () => last() === `${sent} ${LINE}`);
    const seen = slow.events('log');
    expect(seen.events.length + seen.dropped).toBe(sent);
    expect(seen.missing).toBe(seen.dropped);
    expect(slow.rebuild('actors').seq).toBeGreaterThan(0);
    expect(fast.events('log').events.length).toBe(sent);
  });

  test('is disconnected in the end', async () => {
    const harness = await start({ maxClientBufferBytes: 64 * 1024, evictAfterMs: 200 });
    const slow = await harness.connect();
    const fast = await harness.connect();
    for (const probe of [slow, fast]) probe.subscribe('log');
    await until('both subscribed', () => slow.of('log').length > 0 && fast.of('log').length > 0);
    slow.socket.pause();
    let sent = 0;
    while (harness.count('clientsEvicted') === 0) {
      expect(sent).toBeLessThan(60_000);
      for (let index = 0; index < 50; index++) harness.supervisor.postMessage(logLine(`${++sent} ${LINE}`));
      await until('the fast client follows', () => fast.events('log').events.length === sent);
    }
    expect(fast.events('log').missing).toBe(0);
    expect(fast.closeCode).toBeNull();
    slow.socket.resume();
    await until('it is gone', () => slow.closeCode !== null);
  });

  test('or does not answer pings is disconnected', async () => {
    const harness = await start({ pingIntervalMs: 60 });
    const mute = await harness.connect('', { autoPong: false });
    const polite = await harness.connect();
    await until('the mute client is gone', () => mute.closeCode !== null);
    await until('it is counted', () => harness.count('clientsUnresponsive') === 1);
    expect(polite.closeCode).toBeNull();
  });
});

describe('what the feed refuses', () => {
  test('commands it cannot understand are answered with the reason and the connection goes on', async () => {
    const harness = await start();
    const probe = await harness.connect('?format=json');
    probe.socket.send('{"op":"subscribe","topics":["nonsense"]}');
    probe.socket.send('{not json');
    probe.socket.send(Buffer.from([0xc1]));
    probe.send({ op: 'cancelAll', topics: ['orders'] });
    const errors = (): Record<string, unknown>[] => probe.frames.filter((frame) => frame.type === 'error');
    await until('four refusals', () => errors().length === 4);
    expect(errors().map(({ code }) => code)).toEqual([
      'BAD_COMMAND',
      'BAD_ENCODING',
      'BAD_ENCODING',
      'BAD_COMMAND',
    ]);
    expect(errors()[0].message).toContain('topics.0');
    expect(harness.count('commandsRefused')).toBe(4);
    probe.send({ op: 'ping' });
    await until('a pong', () => probe.frames.some((frame) => frame.type === 'pong'));
  });

  test('oversized messages and floods of commands end the connection', async () => {
    const harness = await start();
    const loud = await harness.connect();
    loud.socket.send('x'.repeat(20_000));
    await until('the oversized one is gone', () => loud.closeCode === 1009);
    const busy = await harness.connect();
    for (let index = 0; index < 2_000; index++) busy.send({ op: 'ping' });
    await until('the flooding one is gone', () => busy.closeCode === 1008);
    expect(harness.count('clientsMisbehaved')).toBeGreaterThanOrEqual(2);
  });

  test('the engine is never held back: with a stopped api its ring fills and drops are counted', async () => {
    const harness = await start();
    const probe = await harness.connect();
    probe.subscribe('trades');
    await until('subscribed', () => probe.of('trades').length > 0);
    harness.isPumping = false;
    let refused = 0;
    for (let id = 1; id <= 10_000; id++) if (!harness.sendTrade(id)) refused++;
    expect(refused).toBeGreaterThan(0);
    expect(harness.ringMonitor.read().dropped).toBe(refused);
    harness.isPumping = true;
    await until('the rest arrives', () => {
      const { events, missing } = probe.events('trades');
      return events.length + missing === 10_000 - refused;
    });
    expect(harness.count('eventsOverflowed')).toBe(probe.events('trades').missing);
  });
});

// The ring bench's work on the native queue:
//   ring-bench stream QUEUE_BYTES BLOCK_RECORDS WARMUP_BLOCKS BLOCKS BATCH ORDER
//   ring-bench trip   QUEUE_BYTES WARMUP_TRIPS TRIPS SILENCE_NS ORDER
// ORDER is how positions are stored: 0 release, 1 seq_cst.
// Prints a checksum, then a line with the nanoseconds of each measured block or round trip, separated by spaces.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "spsc-queue.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
static inline void pauseHint() { _mm_pause(); }
#else
static inline void pauseHint() { std::this_thread::yield(); }
#endif

using Clock = std::chrono::steady_clock;

static double nowNs() {
  return std::chrono::duration<double, std::nano>(Clock::now().time_since_epoch()).count();
}

static void report(std::uint32_t checksum, const std::vector<double>& spans) {
  std::printf("%u\n", checksum);
  for (double span : spans) std::printf("%.0f ", span);
  std::printf("\n");
}

static void fill(Record& record, double value) {
  record.length = 56;
  record.type = 1;
  for (int word = 0; word < 7; word++) record.payload[word] = value + word;
}

/** The same checks and the same clock as bench/harness/stream-meter.ts. */
struct StreamMeter {
  std::uint32_t checksum = 0;
  std::uint32_t blockChecksum = 0;
  long inBlock = 0;
  long block = 0;
  double lastNs = 0;
  std::vector<double> blockNs;
  long blockRecords;
  long warmupBlocks;
  long lastBlock;

  void take(const Record& record) {
    double sum = 0;
    for (int word = 0; word < 7; word++) sum += record.payload[word];
    checksum = checksum * 31u + static_cast<std::uint32_t>(static_cast<std::int64_t>(sum));
    if (++inBlock == blockRecords) endBlock();
  }

  void endBlock() {
    if (block == 0) blockChecksum = checksum;
    if (checksum != blockChecksum) {
      std::fprintf(stderr, "a block differs\n");
      std::exit(1);
    }
    checksum = 0;
    inBlock = 0;
    const double now = nowNs();
    if (block >= warmupBlocks) blockNs.push_back(now - lastNs);
    lastNs = now;
    block++;
  }
};

template <typename Queue>
static void produce(Queue& queue, long records, long blockRecords, std::size_t batch) {
  std::vector<Record> pending(batch);
  long value = 0;
  for (long sent = 0; sent < records; sent += static_cast<long>(batch)) {
    for (Record& record : pending) {
      fill(record, static_cast<double>(value));
      value = value + 1 == blockRecords ? 0 : value + 1;
    }
    while (!queue.tryPushBatch(pending.data(), batch)) pauseHint();
  }
}

template <typename Queue>
static void produceSingly(Queue& queue, long records, long blockRecords) {
  Record record;
  long value = 0;
  for (long sent = 0; sent < records; sent++) {
    fill(record, static_cast<double>(value));
    while (!queue.tryPush(record)) pauseHint();
    value = value + 1 == blockRecords ? 0 : value + 1;
  }
}

template <std::memory_order Publish>
static int stream(std::size_t slots, long blockRecords, long warmupBlocks, long blocks, std::size_t batch) {
  SpscQueue<Publish> queue(slots);
  const long records = (warmupBlocks + blocks) * blockRecords;
  std::thread producer([&] {
    if (batch == 1) produceSingly(queue, records, blockRecords);
    else produce(queue, records, blockRecords, batch);
  });
  StreamMeter meter;
  meter.blockRecords = blockRecords;
  meter.warmupBlocks = warmupBlocks;
  meter.lastBlock = warmupBlocks + blocks;
  meter.blockNs.reserve(static_cast<std::size_t>(blocks));
  Record record;
  while (meter.block < meter.lastBlock) {
    if (batch == 1) {
      if (queue.tryPop(record)) meter.take(record);
      else pauseHint();
    } else if (queue.poll([&](const Record& each) { meter.take(each); }, 256) == 0) {
      pauseHint();
    }
  }
  producer.join();
  report(meter.blockChecksum, meter.blockNs);
  return 0;
}

template <typename Queue>
static void receive(Queue& queue, Record& record) {
  while (!queue.tryPop(record)) pauseHint();
}

template <std::memory_order Publish>
static int trip(std::size_t slots, long warmupTrips, long trips, double silenceNs) {
  SpscQueue<Publish> forth(slots);
  SpscQueue<Publish> back(slots);
  const long total = warmupTrips + trips;
  std::thread echo([&] {
    Record record;
    for (long index = 0; index < total; index++) {
      receive(forth, record);
      while (!back.tryPush(record)) pauseHint();
    }
  });
  std::vector<double> spans(static_cast<std::size_t>(trips));
  std::uint32_t checksum = 0;
  Record record;
  double lastNs = nowNs();
  for (long index = 0; index < total; index++) {
    if (silenceNs > 0 && index >= warmupTrips) {
      const double until = lastNs = nowNs();
      while (lastNs < until + silenceNs) lastNs = nowNs();
    }
    fill(record, static_cast<double>(index));
    while (!forth.tryPush(record)) pauseHint();
    receive(back, record);
    const double now = nowNs();
    if (index >= warmupTrips) spans[static_cast<std::size_t>(index - warmupTrips)] = now - lastNs;
    checksum = checksum * 31u + static_cast<std::uint32_t>(record.payload[0]);
    lastNs = now;
  }
  echo.join();
  report(checksum, spans);
  return 0;
}

int main(int argc, char** argv) {
  const auto number = [&](int index) { return index < argc ? std::atol(argv[index]) : 0; };
  const std::size_t slots = static_cast<std::size_t>(number(2)) / sizeof(Record);
  constexpr auto release = std::memory_order_release;
  constexpr auto seqCst = std::memory_order_seq_cst;
  if (argc == 8 && std::strcmp(argv[1], "stream") == 0) {
    const auto run = number(7) == 0 ? stream<release> : stream<seqCst>;
    return run(slots, number(3), number(4), number(5), static_cast<std::size_t>(number(6)));
  }
  if (argc == 7 && std::strcmp(argv[1], "trip") == 0) {
    const auto run = number(6) == 0 ? trip<release> : trip<seqCst>;
    return run(slots, number(3), number(4), static_cast<double>(number(5)));
  }
  std::fprintf(stderr, "usage: ring-bench stream|trip ...\n");
  return 2;
}

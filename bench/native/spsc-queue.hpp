// A single-producer single-consumer queue as the literature has it: positions on cache lines of their own, each side
// keeping a copy of the other's position and looking at the real one only when the copy says "full" or "empty".
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

struct Record {
  std::int32_t length;
  std::int32_t type;
  double payload[7];
};
static_assert(sizeof(Record) == 64, "a record is 64 bytes, header included");

/** `Publish` is how a position is stored: release is what C++ offers, seq_cst is all that JavaScript has. */
template <std::memory_order Publish>
class SpscQueue {
 public:
  /** `capacity` records, a power of two. */
  explicit SpscQueue(std::size_t capacity) : slots_(capacity), mask_(capacity - 1) {}

  bool tryPush(const Record& record) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - cachedHead_ > mask_) {
      cachedHead_ = head_.load(std::memory_order_acquire);
      if (tail - cachedHead_ > mask_) return false;
    }
    slots_[tail & mask_] = record;
    tail_.store(tail + 1, Publish);
    return true;
  }

  bool tryPop(Record& record) {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == cachedTail_) {
      cachedTail_ = tail_.load(std::memory_order_acquire);
      if (head == cachedTail_) return false;
    }
    record = slots_[head & mask_];
    head_.store(head + 1, Publish);
    return true;
  }

  /** Pushes `count` records under one publication of the position; all or none. */
  bool tryPushBatch(const Record* records, std::size_t count) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail + count - cachedHead_ > mask_ + 1) {
      cachedHead_ = head_.load(std::memory_order_acquire);
      if (tail + count - cachedHead_ > mask_ + 1) return false;
    }
    for (std::size_t index = 0; index < count; index++) slots_[(tail + index) & mask_] = records[index];
    tail_.store(tail + count, Publish);
    return true;
  }

  /** Hands up to `limit` records to `handler` under one publication of the position. */
  template <typename Handler>
  std::size_t poll(Handler&& handler, std::size_t limit) {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == cachedTail_) {
      cachedTail_ = tail_.load(std::memory_order_acquire);
      if (head == cachedTail_) return 0;
    }
    const std::size_t waiting = cachedTail_ - head;
    const std::size_t count = waiting < limit ? waiting : limit;
    for (std::size_t index = 0; index < count; index++) handler(slots_[(head + index) & mask_]);
    head_.store(head + count, Publish);
    return count;
  }

 private:
  std::vector<Record> slots_;
  const std::size_t mask_;
  alignas(128) std::atomic<std::size_t> tail_{0};
  alignas(128) std::size_t cachedHead_ = 0;
  alignas(128) std::atomic<std::size_t> head_{0};
  alignas(128) std::size_t cachedTail_ = 0;
};

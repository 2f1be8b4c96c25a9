// CandidatePool: the best candidates of one walk in order of distance, each taken once.
//
// A candidate is one 64-bit key: the distance as an unsigned integer of the same order above the
// slot, whose top bit says that the candidate was taken. New candidates come in batches and are
// merged from the back, so each of the pool's entries moves once a batch.
//
// Thread safety: belongs to one walk.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#include "index/slot.h"

namespace vecgate::index {

class CandidatePool {
 public:
  /// Empties the pool, which then keeps the best `capacity` candidates; `batch` is the largest
  /// number that one Merge brings.
  void Reset(size_t capacity, size_t batch) {
    capacity_ = capacity;
    size_ = 0;
    next_ = 0;
    worst_ = std::numeric_limits<float>::infinity();
    if (keys_.size() < capacity + batch) keys_.resize(capacity + batch);
    // One more: a candidate is written before it is known whether it stays.
    if (fresh_.size() < batch + 1) fresh_.resize(batch + 1);
    num_fresh_ = 0;
  }

  /// A candidate must be nearer than this to stay; infinite until the pool is full.
  [[nodiscard]] float worst() const { return worst_; }

  /// Notes the candidates that are nearer than worst() for the next Merge. REQUIRES: no more than
  /// `batch` between two merges.
  void Offer(const Slot* slots, const float* distances, size_t count) {
    uint64_t* const fresh = fresh_.data();
    const float worst = worst_;
    size_t offered = num_fresh_;
    for (size_t i = 0; i < count; ++i) {
      fresh[offered] = KeyOf(distances[i]) << 32 | slots[i];
      offered += static_cast<size_t>(distances[i] < worst);
    }
    num_fresh_ = offered;
  }
  [[nodiscard]] size_t num_offered() const { return num_fresh_; }
  /// A slot noted for the next Merge.
  [[nodiscard]] Slot Offered(size_t i) const { return static_cast<Slot>(fresh_[i]); }

  /// Takes up what was offered.
  void Merge() {
    SortFresh();
    size_t from = size_;
    size_t fresh = num_fresh_;
    size_t to = size_ + num_fresh_;
    while (fresh > 0) {
      const bool old = from > 0 && keys_[from - 1] > fresh_[fresh - 1];
      keys_[--to] = old ? keys_[from - 1] : fresh_[fresh - 1];
      from -= static_cast<size_t>(old);
      fresh -= static_cast<size_t>(!old);
    }
    if (num_fresh_ > 0) next_ = std::min(next_, to);
    size_ = std::min(size_ + num_fresh_, capacity_);
    if (size_ == capacity_) worst_ = DistanceOf(keys_[size_ - 1] >> 32);
    num_fresh_ = 0;
  }

  /// The nearest candidate that was not taken yet; false when all were.
  bool Peek(Slot& slot) {
    while (next_ < size_ && (keys_[next_] & kTaken) != 0) ++next_;
    if (next_ == size_) return false;
    slot = static_cast<Slot>(keys_[next_]);
    return true;
  }
  /// The same, and takes it.
  bool Take(Slot& slot) {
    if (!Peek(slot)) return false;
    keys_[next_] |= kTaken;
    return true;
  }

  [[nodiscard]] size_t size() const { return size_; }
  /// In order of distance.
  [[nodiscard]] Neighbor operator[](size_t i) const {
    return {DistanceOf(keys_[i] >> 32), static_cast<Slot>(keys_[i] & (kTaken - 1))};
  }

 private:
  static constexpr uint64_t kTaken = uint64_t{1} << 31;

  static uint64_t KeyOf(float distance) {
    const auto bits = std::bit_cast<uint32_t>(distance);
    return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
  }
  static float DistanceOf(uint64_t key) {
    const auto bits = static_cast<uint32_t>(key);
    return std::bit_cast<float>((bits & 0x80000000U) != 0 ? bits ^ 0x80000000U : ~bits);
  }
  // A handful as a rule, where insertion is the quickest sort.
  void SortFresh() {
    constexpr size_t kFew = 32;
    if (num_fresh_ > kFew) {
      std::sort(fresh_.begin(), fresh_.begin() + static_cast<ptrdiff_t>(num_fresh_));
      return;
    }
    for (size_t i = 1; i < num_fresh_; ++i) {
      const uint64_t key = fresh_[i];
      size_t at = i;
      for (; at > 0 && fresh_[at - 1] > key; --at) fresh_[at] = fresh_[at - 1];
      fresh_[at] = key;
    }
  }

  size_t capacity_ = 0;
  size_t size_ = 0;
  size_t next_ = 0;  // all before it were taken
  float worst_ = 0;
  std::vector<uint64_t> keys_;
  std::vector<uint64_t> fresh_;
  size_t num_fresh_ = 0;
};

}  // namespace vecgate::index

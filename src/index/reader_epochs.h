// ReaderEpochs: tells a writer when every reader that ran at one moment has ended, so that what
// none of the later ones looks at can be written over. No one waits for anyone: a writer asks
// again.
//
// Readers count themselves in the epoch in which they began, of which the last two are told apart.
// Memory order: a reader counts itself and then reads the epoch again, a writer moves the epoch on
// and then reads the count, both sequentially consistent; so either the writer sees the reader, or
// the reader sees the new epoch, and with it all that the writer had seen before it moved on.
//
// P. E. McKenney, J. D. Slingwine, "Read-copy update: using execution history to solve concurrency
// problems" (1998), has the idea.
//
// Thread safety: readers from any number of threads; one writer at a time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace vecgate::index {

class ReaderEpochs {
 public:
  /// A reader, from its making to its end.
  class Reading {
   public:
    explicit Reading(ReaderEpochs& epochs) : readers_(epochs.Enter()) {}
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    ~Reading() { readers_.fetch_sub(1, std::memory_order_release); }

   private:
    std::atomic<uint64_t>& readers_;
  };

  /// Begins to wait for the readers of now; false when some are left of those that were waited for
  /// before.
  bool Advance() {
    if (!HavePassed()) return false;
    epoch_.fetch_add(1);
    return true;
  }
  /// True when all who ran at the last Advance that succeeded have ended.
  [[nodiscard]] bool HavePassed() const { return readers_[(epoch_.load() + 1) % 2].load() == 0; }

 private:
  std::atomic<uint64_t>& Enter() {
    while (true) {
      const uint64_t now = epoch_.load();
      std::atomic<uint64_t>& readers = readers_[now % 2];
      readers.fetch_add(1);
      if (epoch_.load() == now) return readers;
      readers.fetch_sub(1, std::memory_order_release);
    }
  }

  std::atomic<uint64_t> epoch_{0};
  std::array<std::atomic<uint64_t>, 2> readers_{};
};

}  // namespace vecgate::index

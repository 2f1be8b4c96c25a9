// InvertedLists: lists of slots that grow at their ends while they are read, and beside the slots,
// when asked for, their 4-bit codes in the blocks of 32 that kernels/fast_scan.h scans.
//
// Thread safety: Append from several threads and List from any number, at once; readers take no
// lock. Memory order: a slot is written into its chunk, and a chunk linked to the one before,
// before the list's count is stored with release; a reader loads the count with acquire and goes no
// further than it. What never moves needs no more: chunks stay where they are until the lists go.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "index/slot.h"

namespace vecgate::index {

class InvertedLists {
 private:
  // Whole blocks; each chunk is half as large as all before it, so at most a third of the room is
  // empty.
  struct Chunk {
    Chunk(size_t capacity, size_t code_bytes) : slots(capacity), blocks(capacity * code_bytes) {}
    std::vector<Slot> slots;
    std::vector<uint8_t> blocks;
    std::unique_ptr<Chunk> next;
  };

 public:
  static constexpr size_t kBlock = 32;

  /// With `code_bytes` above 0 the lists hold codes of that many bytes too.
  explicit InvertedLists(size_t count, size_t code_bytes = 0)
      : code_bytes_(code_bytes), lists_(count) {}

  /// Adds `slot` at the end of a list. REQUIRES: list < count(); `code` holds code_bytes.
  void Append(size_t list, Slot slot, const uint8_t* code = nullptr);

  /// Slots that lie together. The block of slots [32·b, 32·b + 32) is at blocks + 32·b·code_bytes;
  /// the last one may be read only when the run holds all of it.
  struct Run {
    std::span<const Slot> slots;
    const uint8_t* blocks = nullptr;
  };
  /// The slots of one list that were there when it was made, run by run.
  class Runs {
   public:
    Runs(const Chunk* chunk, size_t left) : chunk_(chunk), left_(left) {}
    /// The following run; without slots at the end.
    Run Next();

   private:
    const Chunk* chunk_;
    size_t left_;
  };
  /// REQUIRES: list < count(); the lists outlive the runs.
  [[nodiscard]] Runs List(size_t list) const;

  [[nodiscard]] size_t count() const { return lists_.size(); }
  [[nodiscard]] size_t code_bytes() const { return code_bytes_; }
  [[nodiscard]] size_t ListSize(size_t list) const {
    return lists_[list].size.load(std::memory_order_acquire);
  }

 private:
  struct OneList {
    std::atomic<uint32_t> size{0};
    std::atomic_flag appending;  // a spin lock over what follows; held for a few stores
    std::unique_ptr<Chunk> first;
    Chunk* last = nullptr;
    size_t used_in_last = 0;
  };
  static void SetCode(Chunk& chunk, size_t at, const uint8_t* code, size_t code_bytes);

  const size_t code_bytes_;
  std::vector<OneList> lists_;  // never resized
};

}  // namespace vecgate::index

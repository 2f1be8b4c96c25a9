// VectorIndex: the index of one vector field: its parameters, the index structure, and how far it
// has been built.
//
// Slots below upto() are in the structure or were dead before they got there; slots from upto() on
// are the pending buffer: those below encoded_upto() are scanned by their codes, the rest exactly.
// A structure is trained on the first rows and not begun before there are RowsToBegin() of them,
// below which an exact scan is the fastest index.
//
// Thread safety: any method from any thread. The slots are shared: an index outlives its collection
// state while a search runs on it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>

#include "base/op_context.h"
#include "engine/requests.h"
#include "engines/embedded/read_state.h"
#include "engines/embedded/slot_claims.h"
#include "index/ann_index.h"
#include "index/vector_space.h"

namespace vecgate::embedded {

/// The metric in the words of the index folder.
index::Metric ToIndexMetric(Metric metric);

class VectorIndex {
 public:
  /// kUnimplemented for a type that is not built here, naming those that are; kInvalidArgument for
  /// a bad parameter; both with Subject::kIndex.
  static Status Check(const IndexSpec& spec, size_t dim);

  /// REQUIRES: Check(spec, dim) holds, and spec.field is a vector field of `slots`. Not begun
  /// before there are `begin_at_rows` rows, unless that is 0.
  VectorIndex(IndexSpec spec, std::shared_ptr<Slots> slots, size_t begin_at_rows);

  /// Encodes a claim of the slots below state.num_slots(), or when all of them are encoded adds a
  /// claim to the structure; true when there was something to do. Any number of threads may build
  /// at once.
  Result<bool> BuildSome(const ReadState& state);

  /// AnnIndex's SettleSome and CanShareSettling. REQUIRES: BuildSome found nothing to do.
  Result<bool> SettleSome(FunctionRef<Status(size_t size_bytes)> charge) {
    return ann_ != nullptr ? ann_->SettleSome(charge) : false;
  }
  [[nodiscard]] bool CanShareSettling() const {
    return ann_ != nullptr && ann_->CanShareSettling();
  }

  /// Takes the first slots over from `old`, where slot i was from[i], in place of building them.
  /// False where the structure cannot, which leaves them to BuildSome. kCancelled or
  /// kDeadlineExceeded as `context` says, or kResourceExhausted: this index is then good for
  /// nothing. REQUIRES: `old` is of the same spec; `from` holds the slots below an upto() of it
  /// that `state` was copied from, ascending; nothing was built yet.
  Result<bool> TakeOver(const OpContext& context, const VectorIndex& old, const ReadState& state,
                        std::span<const index::Slot> from);

  [[nodiscard]] index::Slot upto() const { return adding_.upto(); }
  /// At least upto().
  [[nodiscard]] index::Slot encoded_upto() const { return encoding_.upto(); }
  /// True when BuildSome would find something to do for a collection of `num_slots`.
  [[nodiscard]] bool IsBehind(size_t num_slots) const;
  /// True when several threads could build at once.
  [[nodiscard]] bool HasUnclaimed(size_t num_slots) const;
  /// Whether the full vectors may lie in a snapshot's file: searches want a handful of each
  /// query's.
  [[nodiscard]] bool wants_vectors_in_file() const { return vectors_in_file_; }
  /// Null for FLAT and BIN_FLAT.
  [[nodiscard]] const index::AnnIndex* ann() const { return ann_.get(); }
  [[nodiscard]] const IndexSpec& spec() const { return spec_; }
  [[nodiscard]] const Slots& slots() const { return *slots_; }

  /// Saves the structure while its builders wait. Does nothing for FLAT. The slots it covers are
  /// below num_slots() of every state taken after this call.
  Status Save(const std::string& path, const std::string& tag);
  /// After Save to this path: what the structure wants out of memory lies in that file from now on.
  /// kUnavailable when the system refuses; it then stays in memory.
  Status MoveToFile(const std::string& path);
  /// Takes up a saved structure. kNotFound, or kDataLoss; the index then stays empty and is
  /// rebuilt. REQUIRES: nothing was built yet.
  Status Load(const std::string& path, const std::string& tag, size_t most_slots);

 private:
  [[nodiscard]] size_t RowsToBegin() const;
  Status TrainOnce(const ReadState& state);
  bool EncodeSome(index::Slot end);
  Result<bool> AddSome(const ReadState& state);

  const IndexSpec spec_;
  const std::shared_ptr<Slots> slots_;
  const size_t begin_at_rows_;
  bool vectors_in_file_ = false;
  std::unique_ptr<index::AnnIndex> ann_;
  size_t saved_slots_ = 0;      // by the last Save; used by the one thread that saves
  std::atomic<int> savers_{0};  // builders stand back while above 0

  std::shared_mutex building_;  // shared by builders of a claim, alone by Save
  std::mutex training_;         // held by the one builder that trains
  std::atomic<bool> trained_{false};
  SlotClaims encoding_;
  SlotClaims adding_;  // of slots that are encoded
};

}  // namespace vecgate::embedded

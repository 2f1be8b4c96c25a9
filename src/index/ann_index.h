// AnnIndex: an approximate index over the slots of one vector field.
//
// Life: Train (once), Reserve, Encode and Add of different slots from several threads, Scan and
// Search from any number of threads at once and beside these. Searches take no lock.
//
// A slot is encoded first, which is quick, and then added, which is not: between the two it can be
// scanned by its code.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/function_ref.h"
#include "base/op_context.h"
#include "base/result.h"
#include "index/slot.h"

namespace vecgate::index {

/// How much work a search may put in; an index reads what it knows.
struct SearchEffort {
  /// Hits that the caller wants, counted after `accept`.
  size_t hits = 10;
  /// Candidates that a graph walk keeps; at least `hits` are kept whatever stands here.
  size_t ef = 96;
  /// Lists that an inverted file scans.
  size_t nprobe = 16;
  /// The share of the slots in the index that `accept` holds for, as far as the caller knows; a
  /// walk keeps more candidates when it is small.
  double accepted_share = 1;
  /// A search stops, incomplete, after this many distances.
  size_t most_distances = SIZE_MAX;
};

/// What a search found, nearest first, by the finest distance the index has. `complete` is false
/// when it stopped at its limit; `exhausted` is true when more effort, more hits included, could
/// find nothing more.
struct AnnResult {
  std::vector<Neighbor> hits;
  bool complete = true;
  bool exhausted = false;
};

/// Bytes of one structure of an index: "links", "coarse codes", "centroids", …
struct MemoryPart {
  std::string name;
  size_t size_bytes = 0;
  size_t in_file_bytes = 0;  ///< Of them, those that lie in a file.
};

/// How an index is made up: numbers by name, and for a graph how many nodes have i links, for an
/// inverted file how many lists have about 2^i rows.
struct IndexShape {
  std::map<std::string, double> facts;
  std::map<std::string, std::vector<uint64_t>> histograms;
};

using AcceptSlot = FunctionRef<bool(Slot)>;

class AnnIndex {
 public:
  virtual ~AnnIndex() = default;

  /// Rows that must be there before Train; 0 when the index needs no training.
  [[nodiscard]] virtual size_t training_rows() const = 0;
  /// Learns from `count` vectors (count × dim, row-major), deterministically; slots added later
  /// use what was learnt. Called once, before any Encode. REQUIRES: prepared by the VectorSpace.
  virtual Status Train(const float* vectors, size_t count) = 0;

  /// Makes room for slots [0, slots). kResourceExhausted when memory ends.
  virtual Status Reserve(size_t slots) = 0;
  /// Makes what Scan reads of a slot. REQUIRES: trained, reserved, its vector set.
  virtual void Encode(Slot slot) = 0;
  /// Inserts a slot. REQUIRES: encoded, not added before.
  virtual Status Add(Slot slot) = 0;

  /// Does a part of what makes searches faster and can wait until nothing is to be added; false
  /// when there is nothing to do, or another thread does the last of it. `charge` is told of memory
  /// before it is taken; when it refuses, what would take it is left. Any number of threads at
  /// once, beside all else. kResourceExhausted when the system gives no memory.
  virtual Result<bool> SettleSome(FunctionRef<Status(size_t size_bytes)> /*charge*/) {
    return false;
  }
  /// True when another thread would find something to settle.
  [[nodiscard]] virtual bool CanShareSettling() const { return false; }

  /// In place of adding them, takes slots [0, from.size()) over from `old`, where slot i was
  /// from[i] and what is not among `from` is dead or newer. False, with nothing done, when that
  /// cannot be: they are then to be added. kCancelled or kDeadlineExceeded as `context` says, or
  /// kResourceExhausted: this index is then good for nothing. `old` may be searched and added to
  /// meanwhile. REQUIRES: `old` has the same type and parameters; `from` ascends; the slots are
  /// encoded; nothing was added.
  virtual Result<bool> TakeOver(const OpContext& /*context*/, const AnnIndex& /*old*/,
                                std::span<const Slot> /*from*/) {
    return false;
  }

  /// At most effort.hits of the nearest slots for which `accept(slot)` holds.
  /// kCancelled or kDeadlineExceeded as `context` says. REQUIRES: `query` holds `dim` floats,
  /// prepared by the VectorSpace.
  virtual Result<AnnResult> Search(const OpContext& context, const float* query,
                                   const SearchEffort& effort, AcceptSlot accept) const = 0;

  /// The nearest `hits` of the slots that `next` yields, all of which are compared by their codes
  /// and the best again by full vectors; nearly exact, at a few nanoseconds a slot. `next` stores
  /// the following slot and returns true, or false at the end. Errors as Search. REQUIRES: encoded
  /// slots.
  virtual Result<AnnResult> Scan(const OpContext& context, const float* query, size_t hits,
                                 FunctionRef<bool(Slot&)> next) const = 0;

  /// Slots in the index.
  [[nodiscard]] virtual size_t size() const = 0;
  [[nodiscard]] virtual std::vector<MemoryPart> Memory() const = 0;
  /// Looks at every node or list; what is added meanwhile may be missing. kCancelled or
  /// kDeadlineExceeded as `context` says.
  [[nodiscard]] virtual Result<IndexShape> Shape(const OpContext& context) const = 0;

  /// Writes slots [0, slots). `tag` is the owner's and comes back from Load. REQUIRES: no Add runs.
  virtual Status Save(const std::string& path, size_t slots, const std::string& tag) const = 0;
  /// Lets what this index wants out of memory lie in the file that Save wrote, for the slots that
  /// it wrote there. Searches, and whoever adds later slots, may go on. kUnavailable when the
  /// system refuses; what was not moved stays in memory.
  virtual Status MoveToFile(const std::string& /*path*/, size_t /*slots*/) { return Ok(); }
  struct Loaded {
    size_t slots = 0;
    std::string tag;
  };
  /// Takes up what Save wrote. kNotFound; kDataLoss when the file is damaged or was written with
  /// other parameters; the object is then good for nothing any more. REQUIRES: nothing was added.
  virtual Result<Loaded> Load(const std::string& path) = 0;
};

}  // namespace vecgate::index

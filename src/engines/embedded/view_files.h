// ViewFiles: the snapshots of a collection's slots on disk, described in docs/formats/views.md.
//
// <directory>/CURRENT names the one snapshot folder that is whole; a snapshot is written into a
// folder of its own, then CURRENT is replaced, then the older folders are removed. So a crash at
// any point leaves a whole snapshot or none, and none is only slower: rows are the truth.
//
// Thread safety: one thread at a time for one directory.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "engines/embedded/read_state.h"
#include "filter/bitset.h"
#include "model/schema.h"

namespace vecgate::embedded {

/// What a snapshot gave back.
struct LoadedView {
  std::shared_ptr<Slots> slots;
  ScalarRows scalars;
  filter::Bitset alive;
  uint64_t sequence = 0;
  /// Where the graphs of this snapshot lie, and the tag that each must carry.
  std::string folder;
  std::string tag;
};

/// The file of a field's graph inside a snapshot folder.
std::string GraphPath(const std::string& folder, size_t field);

/// The state that a snapshot holds, and where.
struct SavedView {
  std::shared_ptr<const ReadState> state;
  std::string folder;
};

/// Writes the graphs of the current state, then vectors, scalars and living slots of the state that
/// is current after that, which reaches at least as far; gives back that state. kUnavailable when
/// the disk refuses; the last snapshot then stays. REQUIRES: both states have the same Slots.
using CurrentState = std::function<std::shared_ptr<const ReadState>()>;
Result<SavedView> SaveView(const std::string& directory, const CollectionSchema& schema,
                           const CurrentState& current);

/// Lets vectors and codes that an index wants out of memory lie in the files of this snapshot.
/// kUnavailable when the system refuses; what was not moved stays in memory. A file that is removed
/// later lives on for whoever has it mapped.
Status MoveToFiles(const SavedView& view);

/// What a graph file carries: the snapshot it belongs to and the metric it was built for.
std::string GraphTag(const std::string& tag, Metric metric);

/// kNotFound without a snapshot; kDataLoss for a damaged one.
Result<LoadedView> LoadView(const std::string& directory, const CollectionSchema& schema);

}  // namespace vecgate::embedded

// Searcher: one search request on one state of a collection.
//
// The plan. Without a usable index, or when few rows can match, every selected row is compared
// (exact). When the selected rows are few enough that comparing the codes of all of them costs less
// than a search of the index that must pass over the others, that is done (scan). Otherwise the
// index is searched with the selection as its filter. The pending buffer is always scanned, by
// codes as far as there are any, and merged. A search that gave too little is repeated with more
// effort, then by a scan, and ends as an exact one. So k hits come back whenever k rows match.
//
// Thread safety: one thread; the state is shared with other readers.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/op_context.h"
#include "engine/requests.h"
#include "engines/embedded/read_state.h"
#include "engines/embedded/vector_index.h"
#include "filter/bitset.h"
#include "index/slot.h"
#include "index/vector_space.h"

namespace vecgate::embedded {

/// A state and how far the graph of one field had been built before the state was taken; in this
/// order, because the builder leaves out rows that died in states older than its progress.
struct SearchView {
  std::shared_ptr<const ReadState> state;
  std::shared_ptr<const VectorIndex> index;  ///< Null without one.
  index::Slot upto = 0;
  index::Slot encoded_upto = 0;  ///< How far its slots have codes; read at any time.
};

class Searcher {
 public:
  /// Borrows everything for its life.
  Searcher(const OpContext& context, const SearchView& view, const SearchRequest& request,
           const CollectionSchema& schema, size_t exact_below_rows);

  /// kCancelled or kDeadlineExceeded as the context says.
  Result<SearchResult> Run();

 private:
  using Neighbors = std::vector<index::Neighbor>;
  static constexpr float kNowhere = std::numeric_limits<float>::infinity();

  /// What one part of the slots gave: every hit up to `horizon`, and maybe some beyond it.
  struct Part {
    Neighbors hits;
    float horizon = kNowhere;
  };

  Result<Neighbors> SearchOne(std::span<const float> query);
  Result<Neighbors> Exact(const float* query) const;
  /// Nothing when more of the selected rows must be seen than this showed.
  Result<std::optional<Neighbors>> ByIndex(const float* query, const Part& pending) const;
  Result<std::optional<Neighbors>> ByScan(const float* query, const Part& pending) const;
  /// The selected slots from upto on.
  Result<Part> Pending(const float* query) const;
  /// The selected ones of slots [begin, end), compared by their codes.
  Result<Part> ScanCodes(const float* query, size_t begin, size_t end) const;

  [[nodiscard]] bool Accepts(index::Slot slot) const;
  /// The first accepted slot from `at` on; num_slots() or more when there is none.
  [[nodiscard]] size_t NextAccepted(size_t at) const;
  /// Better hit first: distance, then primary key.
  [[nodiscard]] bool Better(const index::Neighbor& a, const index::Neighbor& b) const;
  /// Inside the range and behind the cursor.
  [[nodiscard]] bool Passes(const index::Neighbor& hit) const;
  [[nodiscard]] bool BeyondRange(const index::Neighbor& hit) const;
  [[nodiscard]] float ScoreOf(const index::Neighbor& hit) const;
  [[nodiscard]] bool ExactIsCheaper() const;
  [[nodiscard]] bool ScanIsCheaper() const;
  /// How many hits the index must give: those wanted, or as many as it has when some of them may
  /// not count (ranges, groups, cursors).
  [[nodiscard]] size_t HitsOf(size_t candidates) const;
  [[nodiscard]] size_t Ef() const;
  /// From hits in order: those that pass, grouped, from offset, at most k. `full` says whether
  /// more hits could add nothing.
  struct Page {
    Neighbors hits;
    bool full = false;
  };
  [[nodiscard]] Page Cut(Neighbors ordered) const;
  [[nodiscard]] Page CutGroups(const Neighbors& ordered) const;
  /// Both parts in order, cut; nothing when the cut needs hits from beyond a horizon.
  [[nodiscard]] std::optional<Neighbors> Merged(Part found, const Part& pending) const;
  void Append(const Neighbors& hits, SearchResult& result) const;

  const OpContext& context_;
  const SearchView& view_;
  const ReadState& state_;
  const SearchRequest& request_;
  const CollectionSchema& schema_;
  const size_t exact_below_rows_;
  const size_t key_field_;
  const index::VectorSpace space_;
  const index::AnnIndex* ann_ = nullptr;    // null when it does not fit the request
  std::optional<filter::Bitset> selected_;  // absent: every visible row
  bool all_visible_ = false;                // no slot of the state is dead
  size_t matching_ = 0;
  size_t wanted_ = 0;  // hits or groups, with the offset
};

}  // namespace vecgate::embedded

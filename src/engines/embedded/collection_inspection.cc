// What a collection tells of an index: its make-up, and what its searches find of what they should.
#include <algorithm>
#include <chrono>

#include "engines/embedded/collection.h"
#include "engines/embedded/searcher.h"
#include "engines/embedded/stored_vectors.h"
#include "engines/embedded/vector_index.h"

namespace vecgate::embedded {
namespace {

using index::Slot;

/// Living slots, spread evenly.
std::vector<Slot> Sample(const ReadState& state, size_t most) {
  std::vector<Slot> living;
  for (Slot slot = 0; slot < state.num_slots(); ++slot) {
    if (state.IsVisible(slot)) living.push_back(slot);
  }
  std::vector<Slot> sample;
  const size_t count = std::min(most, living.size());
  for (size_t i = 0; i < count; ++i) sample.push_back(living[i * living.size() / count]);
  return sample;
}

/// How many of `found` are as near as the last of the `truth`.
size_t AsNear(const SearchResult& found, const SearchResult& truth, Metric metric) {
  if (truth.scores.empty()) return 0;
  const float last = truth.scores.back();
  const auto near = std::count_if(found.scores.begin(), found.scores.end(),
                                  [&](float score) { return !IsBetter(metric, last, score); });
  return static_cast<size_t>(near);
}

}  // namespace

Result<IndexInspection> Collection::InspectIndex(const OpContext& context,
                                                 const InspectRequest& request) const {
  const auto& fields = spec_.schema.fields;
  if (request.field >= fields.size() || !IsVector(fields[request.field].type)) {
    return InvalidArgument("an inspection needs a vector field", Subject::kField);
  }
  const SearchView view = ViewOf(request.field);
  if (view.index == nullptr) {
    return NotFound("field " + fields[request.field].name + " has no index", Subject::kIndex);
  }
  IndexInspection out;
  for (IndexStats& stats : Stats().indexes) {
    if (stats.field == request.field) out.stats = std::move(stats);
  }
  if (const index::AnnIndex* ann = view.index->ann(); ann != nullptr && ann->size() > 0) {
    VG_ASSIGN_OR_RETURN(index::IndexShape shape, ann->Shape(context));
    out.facts = std::move(shape.facts);
    out.histograms = std::move(shape.histograms);
  }
  SearchRequest search;
  search.field = request.field;
  search.metric = view.index->spec().metric;
  search.k = request.k;
  for (const uint32_t effort : request.efforts) out.efforts.push_back({effort, 0, 0});
  size_t wanted = 0;
  const SearchView exact{view.state, nullptr};
  for (const Slot slot : Sample(*view.state, request.sample)) {
    search.queries = fields[request.field].MakeColumn();
    AppendStored(view.state->slots->arenas[request.field]->Row(slot), search.queries);
    VG_ASSIGN_OR_RETURN(const SearchResult truth,
                        Searcher(context, exact, search, spec_.schema, 0).Run());
    wanted += truth.scores.size();
    ++out.sampled;
    for (EffortFigures& figures : out.efforts) {
      search.ef = figures.effort;
      search.nprobe = figures.effort;
      const auto began = std::chrono::steady_clock::now();
      VG_ASSIGN_OR_RETURN(
          const SearchResult found,
          Searcher(context, view, search, spec_.schema, environment_.exact_below_rows).Run());
      const std::chrono::duration<double, std::micro> took =
          std::chrono::steady_clock::now() - began;
      figures.mean_us += took.count();
      figures.recall += static_cast<double>(AsNear(found, truth, search.metric));
    }
  }
  for (EffortFigures& figures : out.efforts) {
    figures.mean_us /= std::max<uint32_t>(out.sampled, 1);
    figures.recall /= static_cast<double>(std::max<size_t>(wanted, 1));
  }
  return out;
}

}  // namespace vecgate::embedded

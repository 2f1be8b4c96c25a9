#include "index/graph_index.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "index/bit_code_space.h"
#include "index/float_code_space.h"
#include "index/int8_code_space.h"

namespace vecgate::index {
namespace {

constexpr size_t kBitsFromDim = 192;
constexpr size_t kBytesFromDim = 32;
// A wider pool costs more than a scan.
constexpr size_t kMostCandidates = 8192;
// Candidates of a scan of fine codes for each hit.
constexpr size_t kFineScanFactor = 2;
// Below, most searches are exact, and a plan says little about the graph that is to be.
constexpr size_t kMeasureFrom = 4096;
// So few candidates are compared by full vectors in less time than it takes to prepare the query
// for finer codes.
constexpr size_t kFewCandidates = 24;

// Ranked exactly, of what finer codes rank best: their order is off by a place or two.
size_t ExactWindow(size_t hits) { return hits + hits / 5 + 2; }

size_t ScanWindow(size_t hits, size_t factor) {
  const size_t wanted = factor * std::max(hits, GraphIndex::kLeastScanHits);
  return std::max(hits, std::min(wanted, kMostCandidates));
}

}  // namespace

GraphCodes BestGraphCodes(const VectorSpace& space) {
  GraphCodes codes;
  if (space.dim() < kBytesFromDim) {
    codes.fine = std::make_unique<FloatCodeSpace>(space);
    return codes;
  }
  codes.fine = std::make_unique<Int8CodeSpace>(space.metric(), space.dim());
  if (space.dim() < kBitsFromDim) return codes;
  codes.coarse = std::make_unique<BitCodeSpace>(space.metric(), space.dim());
  codes.measures_coarse = true;
  return codes;
}

GraphIndex::GraphIndex(HnswOptions options, GraphCodes codes, const VectorSpace& space)
    : codes_(std::move(codes)),
      framed_coarse_(dynamic_cast<const RotatedCodeSpace*>(codes_.coarse.get())),
      framed_fine_(framed_coarse_ != nullptr
                       ? dynamic_cast<const RotatedCodeSpace*>(codes_.fine.get())
                       : nullptr),
      space_(space),
      graph_(options, *codes_.fine),
      plan_(codes_.plan),
      measure_at_(kMeasureFrom) {}

std::vector<CodeSpace*> GraphIndex::Spaces() const {
  std::vector<CodeSpace*> spaces;
  if (codes_.coarse != nullptr) spaces.push_back(codes_.coarse.get());
  spaces.push_back(codes_.fine.get());
  return spaces;
}

size_t GraphIndex::training_rows() const {
  size_t rows = 0;
  for (const CodeSpace* space : Spaces()) rows = std::max(rows, space->training_rows());
  return rows;
}

Status GraphIndex::Train(const float* vectors, size_t count) {
  for (CodeSpace* space : Spaces()) VG_RETURN_IF_ERROR(space->Train(vectors, count));
  return Ok();
}

Status GraphIndex::Reserve(size_t slots) {
  for (CodeSpace* space : Spaces()) VG_RETURN_IF_ERROR(space->Reserve(slots));
  return graph_.Reserve(slots);
}

void GraphIndex::Encode(Slot slot) {
  const std::vector<float> vector = space_.Prepare({space_.Row(slot), space_.dim()});
  for (CodeSpace* space : Spaces()) space->Encode(slot, vector.data());
}

Status GraphIndex::Add(Slot slot) {
  VG_RETURN_IF_ERROR(graph_.Add(slot));
  if (graph_.LevelOf(slot) == 0) sample_.Add(slot);
  MeasurePlanWhenDue();
  return Ok();
}

Result<bool> GraphIndex::TakeOver(const OpContext& context, const AnnIndex& old,
                                  std::span<const Slot> from) {
  const auto* const other = dynamic_cast<const GraphIndex*>(&old);
  VG_CHECK(other != nullptr);
  VG_ASSIGN_OR_RETURN(const bool taken, graph_.TakeOver(context, other->graph_, from));
  if (taken) {
    for (Slot slot = 0; slot < from.size(); ++slot) {
      if (graph_.LevelOf(slot) == 0) sample_.Add(slot);
    }
    MeasurePlanWhenDue();
  }
  return taken;
}

Result<AnnResult> GraphIndex::Search(const OpContext& context, const float* query,
                                     const SearchEffort& effort, AcceptSlot accept) const {
  return SearchBy(plan(), context, query, effort, accept);
}

Result<AnnResult> GraphIndex::SearchBy(WalkPlan plan, const OpContext& context, const float* query,
                                       const SearchEffort& effort, AcceptSlot accept,
                                       std::optional<Slot> without) const {
  const auto lease = scratch_pool_.Take();
  SearchScratch& scratch = *lease;
  const bool coarse = plan.widening > 0;
  const CodeSpace& space = Codes(coarse);
  const double wanted = static_cast<double>(std::max({effort.hits, effort.ef, size_t{1}})) *
                        (coarse ? plan.widening : 1) / std::max(effort.accepted_share, 1e-6);
  HnswGraph::Width width{
      .ef = wanted < kMostCandidates ? static_cast<size_t>(wanted) : kMostCandidates,
      .without = without};
  if (plan.ef_per_entry > 0) {
    width.entries = std::clamp<size_t>(effort.ef / plan.ef_per_entry, 1, width.ef);
  }
  Prepare(coarse, query, scratch);
  AnnResult result;
  VG_ASSIGN_OR_RETURN(result.complete,
                      graph_.Search(context, space, width, effort.most_distances, scratch));
  scratch.ranked.clear();
  for (size_t i = 0; i < scratch.pool.size(); ++i) {
    const Neighbor found = scratch.pool[i];
    if (accept(found.slot)) scratch.ranked.push_back(found);
  }
  Rank(query, effort.hits, coarse, scratch);
  result.hits = scratch.ranked;
  result.exhausted = scratch.pool.size() >= size() && result.hits.size() < effort.hits;
  return result;
}

Result<AnnResult> GraphIndex::Scan(const OpContext& context, const float* query, size_t hits,
                                   FunctionRef<bool(Slot&)> next) const {
  constexpr size_t kAtOnce = 64;
  constexpr size_t kBlocksBetweenChecks = 256;
  const auto lease = scratch_pool_.Take();
  SearchScratch& scratch = *lease;
  scratch.MakeRoom(kAtOnce);
  const size_t factor = plan().scan_factor;
  const bool coarse = factor > 0;
  const CodeSpace& space = Codes(coarse);
  Prepare(coarse, query, scratch);
  scratch.pool.Reset(ScanWindow(hits, coarse ? factor : kFineScanFactor), kAtOnce);
  for (size_t block = 0, count = kAtOnce; count == kAtOnce; ++block) {
    if (block % kBlocksBetweenChecks == 0) VG_RETURN_IF_ERROR(context.Check());
    count = 0;
    while (count < kAtOnce && next(scratch.fresh[count])) ++count;
    space.Distances(scratch.query, scratch.fresh.data(), count, scratch.distances.data());
    scratch.pool.Offer(scratch.fresh.data(), scratch.distances.data(), count);
    scratch.pool.Merge();
  }
  scratch.ranked.clear();
  for (size_t i = 0; i < scratch.pool.size(); ++i) scratch.ranked.push_back(scratch.pool[i]);
  Rank(query, hits, coarse, scratch);
  return AnnResult{scratch.ranked, true, true};
}

void GraphIndex::Prepare(bool coarse, const float* query, SearchScratch& scratch) const {
  if (!coarse || framed_fine_ == nullptr) {
    Codes(coarse).Prepare(query, scratch.query);
    return;
  }
  FramedQuery& framed = scratch.framed;
  framed_coarse_->ToFrame(query, framed);
  framed_coarse_->PrepareFramed(framed.values.data(), framed.add, scratch.query);
}

void GraphIndex::Recompare(const float* query, size_t kept, SearchScratch& scratch) const {
  auto& ranked = scratch.ranked;
  if (framed_fine_ != nullptr) {
    const FramedQuery& framed = scratch.framed;
    framed_fine_->PrepareFramed(framed.values.data(), framed.add, scratch.other);
  } else {
    codes_.fine->Prepare(query, scratch.other);
  }
  scratch.MakeRoom(ranked.size());
  for (size_t i = 0; i < ranked.size(); ++i) scratch.fresh[i] = ranked[i].slot;
  codes_.fine->Distances(scratch.other, scratch.fresh.data(), ranked.size(),
                         scratch.distances.data());
  for (size_t i = 0; i < ranked.size(); ++i) ranked[i].distance = scratch.distances[i];
  std::nth_element(ranked.begin(), ranked.begin() + static_cast<ptrdiff_t>(kept), ranked.end());
  ranked.resize(kept);
}

void GraphIndex::Rank(const float* query, size_t hits, bool coarse, SearchScratch& scratch) const {
  auto& ranked = scratch.ranked;
  const size_t window = ExactWindow(hits);
  if (coarse && ranked.size() > std::max(window, kFewCandidates)) {
    Recompare(query, window, scratch);
  } else if (!coarse && ranked.size() > window) {
    ranked.resize(window);
  }
  scratch.MakeRoom(ranked.size());
  for (size_t i = 0; i < ranked.size(); ++i) scratch.fresh[i] = ranked[i].slot;
  space_.Distances(query, scratch.fresh.data(), ranked.size(), scratch.distances.data());
  for (size_t i = 0; i < ranked.size(); ++i) ranked[i].distance = scratch.distances[i];
  std::sort(ranked.begin(), ranked.end());
  if (ranked.size() > hits) ranked.resize(hits);
}

Result<IndexShape> GraphIndex::Shape(const OpContext& context) const {
  IndexShape shape;
  VG_ASSIGN_OR_RETURN(const std::vector<uint64_t> nodes, graph_.CountByLinks(context));
  const uint64_t reached = std::accumulate(nodes.begin(), nodes.end(), uint64_t{0});
  const size_t all = size();
  shape.facts["nodes"] = static_cast<double>(all);
  shape.facts["unreachable nodes"] = static_cast<double>(all - std::min<size_t>(all, reached));
  shape.facts["levels"] = graph_.levels();
  if (codes_.coarse != nullptr) {
    shape.facts["candidates of a walk on coarse codes for each of ef"] = plan().widening;
  }
  shape.facts["ef for each node that a walk begins from"] = plan().ef_per_entry;
  shape.histograms["links of a node"] = nodes;
  return shape;
}

std::vector<MemoryPart> GraphIndex::Memory() const {
  const auto bytes_of = [](const CodeSpace* space, size_t slots) {
    const SegmentedArray<char>* codes = space != nullptr ? space->codes() : nullptr;
    return codes != nullptr ? slots * codes->width() : 0;
  };
  const size_t slots = size();
  const size_t in_file = std::min(slots, fine_slots_in_file_.load(std::memory_order_relaxed));
  return {{"links", graph_.SizeBytes()},
          {"coarse codes", bytes_of(codes_.coarse.get(), slots)},
          {"fine codes", bytes_of(codes_.fine.get(), slots), bytes_of(codes_.fine.get(), in_file)}};
}

}  // namespace vecgate::index

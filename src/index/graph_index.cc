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
      measure_at_(kMeasureFrom),
      neighbor_fine_(codes_.neighbor_codes_from < SIZE_MAX
                         ? dynamic_cast<const Int8CodeSpace*>(codes_.fine.get())
                         : nullptr),
      neighbor_codes_(neighbor_fine_ != nullptr
                          ? std::make_unique<NeighborCodes>(*neighbor_fine_, graph_.most_links())
                          : nullptr),
      settle_at_(codes_.neighbor_codes_from) {
  VG_CHECK(settle_at_ == SIZE_MAX || (framed_fine_ != nullptr && neighbor_fine_ != nullptr));
}

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
    SampleNodes(from.size());
    MeasurePlanWhenDue();
  }
  return taken;
}

void GraphIndex::SampleNodes(size_t slots) {
  for (Slot slot = 0; slot < slots; ++slot) {
    if (graph_.IsNode(slot) && graph_.LevelOf(slot) == 0) sample_.Add(slot);
  }
}

Result<AnnResult> GraphIndex::Search(const OpContext& context, const float* query,
                                     const SearchEffort& effort, AcceptSlot accept) const {
  return SearchBy(WalkNow(), context, query, effort, accept);
}

Result<AnnResult> GraphIndex::SearchBy(const Walk& walk, const OpContext& context,
                                       const float* query, const SearchEffort& effort,
                                       AcceptSlot accept) const {
  const auto lease = scratch_pool_.Take();
  SearchScratch& scratch = *lease;
  const WalkPlan& plan = walk.plan;
  const bool coarse = plan.widening > 0;
  const double wanted = static_cast<double>(std::max({effort.hits, effort.ef, size_t{1}})) *
                        (coarse ? plan.widening : 1) / std::max(effort.accepted_share, 1e-6);
  HnswGraph::Width width{
      .ef = wanted < kMostCandidates ? static_cast<size_t>(wanted) : kMostCandidates,
      .without = walk.without};
  if (plan.ef_per_entry > 0) {
    width.entries = std::clamp<size_t>(effort.ef / plan.ef_per_entry, 1, width.ef);
  }
  Prepare(coarse, query, scratch);
  AnnResult result;
  VG_ASSIGN_OR_RETURN(result.complete,
                      WalkBy(walk, context, width, effort.most_distances, scratch));
  const size_t found = scratch.ranked.size();
  std::erase_if(scratch.ranked, [&](const Neighbor& find) { return !accept(find.slot); });
  Rank(query, effort.hits, coarse && !walk.by_neighbors, scratch);
  result.hits = scratch.ranked;
  result.exhausted = found >= size() && result.hits.size() < effort.hits;
  return result;
}

Result<bool> GraphIndex::WalkBy(const Walk& walk, const OpContext& context,
                                const HnswGraph::Width& width, size_t most_distances,
                                SearchScratch& scratch) const {
  const CodeSpace& space = Codes(walk.plan.widening > 0);
  if (walk.by_neighbors) {
    const FramedQuery& framed = scratch.framed;
    neighbor_fine_->PrepareFramed(framed.values.data(), framed.add, scratch.exact_query);
    neighbor_codes_->Prepare(framed, scratch.neighbor_query);
    const ReaderEpochs::Reading reading(neighbor_readers_);
    return graph_.SearchByNeighborCodes(context, space, *neighbor_fine_, *neighbor_codes_, width,
                                        most_distances, scratch);
  }
  VG_ASSIGN_OR_RETURN(const bool complete,
                      graph_.Search(context, space, width, most_distances, scratch));
  scratch.ranked.clear();
  for (size_t i = 0; i < scratch.pool.size(); ++i) scratch.ranked.push_back(scratch.pool[i]);
  return complete;
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
  if (framed_fine_ == nullptr) return Codes(coarse).Prepare(query, scratch.query);
  FramedQuery& framed = scratch.framed;
  framed_fine_->ToFrame(query, framed);
  const RotatedCodeSpace& space = coarse ? *framed_coarse_ : *framed_fine_;
  space.PrepareFramed(framed.values.data(), framed.add, scratch.query);
}

void GraphIndex::Recompare(const float* query, SearchScratch& scratch) const {
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
}

void GraphIndex::Rank(const float* query, size_t hits, bool coarse, SearchScratch& scratch) const {
  auto& ranked = scratch.ranked;
  const size_t window = ExactWindow(hits);
  if (ranked.size() > (coarse ? std::max(window, kFewCandidates) : window)) {
    if (coarse) Recompare(query, scratch);
    std::nth_element(ranked.begin(), ranked.begin() + static_cast<ptrdiff_t>(window), ranked.end());
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
  const Walk walk = WalkNow();
  if (codes_.coarse != nullptr) {
    shape.facts["candidates of a walk on coarse codes for each of ef"] = walk.plan.widening;
  }
  if (neighbor_codes_ != nullptr) {
    const bool serve = neighbor_plan_.load().widening > 0;
    shape.facts["nodes with codes of their neighbors"] =
        static_cast<double>(serve ? graph_.num_copied() : 0);
  }
  shape.facts["ef for each node that a walk begins from"] = walk.plan.ef_per_entry;
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
  std::vector<MemoryPart> parts = {
      {"links", graph_.SizeBytes()},
      {"coarse codes", bytes_of(codes_.coarse.get(), slots)},
      {"fine codes", bytes_of(codes_.fine.get(), slots), bytes_of(codes_.fine.get(), in_file)}};
  if (neighbor_codes_ != nullptr) {
    parts.push_back({"neighbor codes", neighbor_nodes_ * neighbor_codes_->node_bytes()});
  }
  return parts;
}

}  // namespace vecgate::index

#include "engines/embedded/vector_index.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"

namespace vecgate::embedded {
namespace {

Result<uint32_t> NumberParam(const IndexSpec& spec, const std::string& name, uint32_t fallback,
                             uint32_t low, uint32_t high) {
  const auto it = spec.params.find(name);
  if (it == spec.params.end()) return fallback;
  uint32_t value = 0;
  const char* end = it->second.data() + it->second.size();
  const auto [stop, error] = std::from_chars(it->second.data(), end, value);
  if (error != std::errc() || stop != end || value < low || value > high) {
    return InvalidArgument("index parameter " + name + " is \"" + it->second +
                               "\", a whole number from " + std::to_string(low) + " to " +
                               std::to_string(high) + " is allowed",
                           Subject::kIndex);
  }
  return value;
}

bool IsGraph(IndexType type) { return type == IndexType::kHnsw || type == IndexType::kAuto; }

Result<index::HnswOptions> GraphOptions(const IndexSpec& spec) {
  index::HnswOptions options;
  VG_ASSIGN_OR_RETURN(options.m, NumberParam(spec, "M", options.m, 2, 2048));
  VG_ASSIGN_OR_RETURN(options.ef_construction,
                      NumberParam(spec, "efConstruction", options.ef_construction, 1, 1U << 20));
  return options;
}

}  // namespace

index::Metric ToIndexMetric(Metric metric) {
  switch (metric) {
    case Metric::kL2: return index::Metric::kL2;
    case Metric::kInnerProduct: return index::Metric::kInnerProduct;
    case Metric::kCosine: break;
  }
  return index::Metric::kCosine;
}

Status VectorIndex::Check(const IndexSpec& spec) {
  if (!IsGraph(spec.type) && spec.type != IndexType::kFlat) {
    return Unimplemented("the embedded engine does not build index type " +
                             std::string(IndexTypeName(spec.type)) +
                             "; it builds FLAT, HNSW and AUTOINDEX on vector fields",
                         Subject::kIndex);
  }
  if (auto options = GraphOptions(spec); !options.ok()) return options.error();
  return Ok();
}

VectorIndex::VectorIndex(IndexSpec spec, std::shared_ptr<Slots> slots)
    : spec_(std::move(spec)), slots_(std::move(slots)) {
  if (!IsGraph(spec_.type)) return;
  const auto options = GraphOptions(spec_);
  VG_CHECK(options.ok());
  graph_ = std::make_unique<index::HnswGraph>(
      *options, index::VectorSpace(ToIndexMetric(spec_.metric), *slots_->arenas[spec_.field]));
}

VectorIndex::Claim VectorIndex::TakeClaim(index::Slot end) {
  const std::lock_guard lock(claims_);
  const index::Slot begin = next_claim_;
  next_claim_ = std::max(begin, std::min(end, begin + kClaim));
  return {begin, next_claim_};
}

void VectorIndex::FinishClaim(Claim claim) {
  const std::lock_guard lock(claims_);
  finished_.insert(claim);
  index::Slot upto = upto_.load(std::memory_order_relaxed);
  while (!finished_.empty() && finished_.begin()->first == upto) {
    upto = finished_.begin()->second;
    finished_.erase(finished_.begin());
  }
  upto_.store(upto, std::memory_order_release);
}

Result<bool> VectorIndex::BuildSome(const ReadState& state) {
  if (graph_ == nullptr || savers_.load() > 0) return false;
  const std::shared_lock building(building_);
  VG_RETURN_IF_ERROR(graph_->Reserve(state.num_slots()));
  const Claim claim = TakeClaim(static_cast<index::Slot>(state.num_slots()));
  if (claim.first == claim.second) return false;
  Status added;
  for (index::Slot slot = claim.first; slot < claim.second && added.ok(); ++slot) {
    // A version that is dead in a published state is invisible to every search that reads upto()
    // after it passed this slot, because such a search takes its state later still.
    if (state.IsVisible(slot)) added = graph_->Add(slot);
  }
  // After a failure the claim stays open for ever: its slots and all later ones are then scanned
  // exactly, which is slow and right.
  VG_RETURN_IF_ERROR(added);
  FinishClaim(claim);
  return true;
}

size_t VectorIndex::SizeBytes() const {
  if (graph_ == nullptr) return 0;
  // 2·M words on level 0, one node word, and about M/(M-1) upper words a node on average.
  const size_t words = size_t{2} * graph_->options().m + 3;
  return graph_->size() * words * sizeof(uint32_t);
}

Status VectorIndex::Save(const std::string& path, const std::string& tag) {
  if (graph_ == nullptr) return Ok();
  savers_.fetch_add(1);
  Status saved;
  {
    const std::unique_lock building(building_);
    saved = graph_->Save(path, upto(), tag);
  }
  savers_.fetch_sub(1);
  return saved;
}

Status VectorIndex::Load(const std::string& path, const std::string& tag, size_t most_slots) {
  if (graph_ == nullptr) return Ok();
  VG_ASSIGN_OR_RETURN(index::HnswGraph::Opened opened,
                      index::HnswGraph::Open(path, graph_->options(),
                                             index::VectorSpace(ToIndexMetric(spec_.metric),
                                                                *slots_->arenas[spec_.field])));
  if (opened.tag != tag || opened.slots > most_slots) {
    return DataLoss(path + ": it belongs to another snapshot", Subject::kStorage);
  }
  graph_ = std::move(opened.graph);
  next_claim_ = static_cast<index::Slot>(opened.slots);
  upto_.store(next_claim_, std::memory_order_release);
  return Ok();
}

}  // namespace vecgate::embedded

#include "index/ivf_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "index/float_code_space.h"
#include "index/ivf_comparison.h"
#include "index/quantize/kmeans.h"
#include "index/quantize/product_code_space.h"
#include "index/quantize/scalar_code_space.h"

namespace vecgate::index {
namespace {

constexpr size_t kMostLists = 65536;
constexpr size_t kSampledPerList = 256;
constexpr size_t kTrainedPerList = 39;
constexpr size_t kMostAwaited = 32768;

Result<std::unique_ptr<CodeSpace>> MakeCodes(const IvfOptions& options, const VectorSpace& space) {
  const Metric metric = space.metric();
  const size_t dim = space.dim();
  std::unique_ptr<CodeSpace> codes;
  switch (options.codes) {
    case IvfCodes::kFull: codes = std::make_unique<FloatCodeSpace>(space); break;
    case IvfCodes::kScalar8: codes = std::make_unique<ScalarCodeSpace>(metric, dim, 8); break;
    case IvfCodes::kScalar4: codes = std::make_unique<ScalarCodeSpace>(metric, dim, 4); break;
    case IvfCodes::kProduct: {
      VG_ASSIGN_OR_RETURN(codes, ProductCodeSpace::Create(metric, dim, options.product));
    }
  }
  return codes;
}

// Candidates kept for each search, of which full vectors pick the hits.
size_t RefineWindow(size_t hits) { return std::max<size_t>(4 * hits, 64); }
// A scan answers for all that was asked, whatever the codes lose: it keeps more.
size_t ScanWindow(size_t hits) { return std::max<size_t>(16 * hits, 256); }

}  // namespace

Result<std::unique_ptr<IvfIndex>> IvfIndex::Create(const IvfOptions& options,
                                                   const VectorSpace& space) {
  if (options.nlist == 0 || options.nlist > kMostLists) {
    return InvalidArgument("nlist must be 1 to " + std::to_string(kMostLists) + ", not " +
                               std::to_string(options.nlist),
                           Subject::kIndex);
  }
  VG_ASSIGN_OR_RETURN(auto codes, MakeCodes(options, space));
  return std::unique_ptr<IvfIndex>(new IvfIndex(options, std::move(codes), space));
}

IvfIndex::IvfIndex(const IvfOptions& options, std::unique_ptr<CodeSpace> codes,
                   const VectorSpace& space)
    : options_(options), space_(space), codes_(std::move(codes)) {
  if (options.codes != IvfCodes::kProduct) return;
  const auto* product = static_cast<const ProductCodeSpace*>(codes_.get());
  if (product->has_blocks()) blocks_ = product;
}

size_t IvfIndex::training_rows() const {
  const size_t for_lists =
      std::max(options_.nlist, std::min(kTrainedPerList * options_.nlist, kMostAwaited));
  return std::max(for_lists, codes_->training_rows());
}

Status IvfIndex::Train(const float* vectors, size_t count) {
  if (count == 0) {
    return InvalidArgument("an inverted file learns its lists from at least 1 vector, 0 were given",
                           Subject::kIndex);
  }
  const size_t dim = space_.dim();
  VG_RETURN_IF_ERROR(codes_->Train(vectors, count));
  const size_t lists = std::min(options_.nlist, count);
  const auto sample = EvenSample(vectors, count, dim, kSampledPerList * lists);
  const KMeansOptions means{.clusters = lists, .seed = options_.seed};
  SetCentroids(KMeans(means, sample.data(), sample.size() / dim, dim).data(), lists);
  return Ok();
}

void IvfIndex::SetCentroids(const float* rows, size_t count) {
  coarse_ = CentroidTable(rows, count, space_.dim());
  const size_t code_bytes = blocks_ != nullptr ? blocks_->codes()->width() : 0;
  lists_ = std::make_unique<InvertedLists>(count, code_bytes);
}

void IvfIndex::Encode(Slot slot) {
  codes_->Encode(slot, space_.Prepare({space_.Row(slot), space_.dim()}).data());
}

Status IvfIndex::Add(Slot slot) {
  const std::vector<float> vector = space_.Prepare({space_.Row(slot), space_.dim()});
  const float* point = vector.data();
  uint32_t list = 0;
  float distance = 0;
  coarse_.Nearest(&point, 1, &list, &distance);
  Append(list, slot);
  size_.fetch_add(1, std::memory_order_release);
  return Ok();
}

void IvfIndex::Append(size_t list, Slot slot) {
  lists_->Append(list, slot, blocks_ != nullptr ? blocks_->Code(slot) : nullptr);
}

// The first `nprobe` in order, the rest after them in none.
std::vector<Neighbor> IvfIndex::ListsByDistance(const float* query, size_t nprobe) const {
  std::vector<float> distances(coarse_.padded_size());
  const bool l2 = space_.metric() == Metric::kL2;
  l2 ? coarse_.L2Squared(query, distances.data()) : coarse_.InnerProducts(query, distances.data());
  std::vector<Neighbor> order(coarse_.size());
  for (uint32_t i = 0; i < order.size(); ++i) {
    order[i] = {Ordered(l2 ? distances[i] : -distances[i]), i};
  }
  const auto middle = order.begin() + static_cast<ptrdiff_t>(std::min(nprobe, order.size()));
  std::partial_sort(order.begin(), middle, order.end());
  return order;
}

Result<AnnResult> IvfIndex::Search(const OpContext& context, const float* query,
                                   const SearchEffort& effort, AcceptSlot accept) const {
  AnnResult result;
  if (lists_ == nullptr || effort.hits == 0) {
    result.exhausted = lists_ == nullptr;
    return result;
  }
  const size_t nprobe = std::max<size_t>(effort.nprobe, 1);
  std::vector<Neighbor> order = ListsByDistance(query, nprobe);
  const size_t kept = refines() ? RefineWindow(effort.hits) : effort.hits;
  IvfComparison comparison(context, *codes_, blocks_, query, kept, effort.most_distances);
  size_t at = 0;
  for (; at < order.size() && result.complete; ++at) {
    if (at >= nprobe && comparison.found() >= effort.hits) break;
    if (at == nprobe) std::sort(order.begin() + static_cast<ptrdiff_t>(at), order.end());
    InvertedLists::Runs runs = lists_->List(order[at].slot);
    for (auto run = runs.Next(); !run.slots.empty() && result.complete; run = runs.Next()) {
      VG_ASSIGN_OR_RETURN(result.complete, comparison.Take(run, accept));
    }
  }
  result.hits = comparison.Best();
  if (refines()) result.hits = Refined(query, std::move(result.hits), effort.hits);
  const bool saw_all = result.complete && at == order.size();
  result.exhausted = saw_all && result.hits.size() < effort.hits;
  return result;
}

Result<AnnResult> IvfIndex::Scan(const OpContext& context, const float* query, size_t hits,
                                 FunctionRef<bool(Slot&)> next) const {
  IvfComparison comparison(context, *codes_, nullptr, query, ScanWindow(hits), SIZE_MAX);
  const auto all = [](Slot) { return true; };
  std::array<Slot, IvfComparison::kBatch> slots;
  for (bool more = true; more;) {
    size_t count = 0;
    while (count < slots.size() && (more = next(slots[count]))) ++count;
    const InvertedLists::Run run{{slots.data(), count}};
    VG_RETURN_IF_ERROR(comparison.Take(run, all));
  }
  return AnnResult{Refined(query, comparison.Best(), hits), true, true};
}

std::vector<Neighbor> IvfIndex::Refined(const float* query, std::vector<Neighbor> found,
                                        size_t hits) const {
  std::vector<Slot> slots;
  slots.reserve(found.size());
  for (const Neighbor& near : found) slots.push_back(near.slot);
  std::vector<float> distances(slots.size());
  space_.Distances(query, slots.data(), slots.size(), distances.data());
  for (size_t i = 0; i < slots.size(); ++i) found[i].distance = distances[i];
  std::sort(found.begin(), found.end());
  if (found.size() > hits) found.resize(hits);
  return found;
}

Result<IndexShape> IvfIndex::Shape(const OpContext& context) const {
  VG_RETURN_IF_ERROR(context.Check());
  IndexShape shape;
  std::vector<uint64_t>& sizes = shape.histograms["rows of a list, by powers of two"];
  size_t largest = 0;
  for (size_t list = 0; list < coarse_.size(); ++list) {
    size_t rows = 0;
    InvertedLists::Runs runs = lists_->List(list);
    for (auto run = runs.Next(); !run.slots.empty(); run = runs.Next()) rows += run.slots.size();
    const auto bucket = static_cast<size_t>(std::bit_width(rows));
    if (sizes.size() <= bucket) sizes.resize(bucket + 1);
    ++sizes[bucket];
    largest = std::max(largest, rows);
  }
  shape.facts["lists"] = static_cast<double>(coarse_.size());
  shape.facts["rows of the largest list"] = static_cast<double>(largest);
  return shape;
}

std::vector<MemoryPart> IvfIndex::Memory() const {
  std::vector<MemoryPart> parts = {{"centroids", coarse_.SizeBytes()},
                                   {"lists", size() * sizeof(Slot)}};
  const SegmentedArray<char>* codes = codes_->codes();
  if (codes != nullptr) parts.push_back({"codes", size() * codes->width()});
  if (blocks_ != nullptr) parts.push_back({"code blocks", size() * codes->width()});
  return parts;
}

}  // namespace vecgate::index

// How a GraphIndex measures its WalkPlan: neighbours of nodes are searched for by plans from the
// cheapest on, until one finds as much as a walk on fine codes from many nodes does. Each such node
// is passed over, for a query is no node, and walks find a node by the links of those around it.
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "index/graph_index.h"

namespace vecgate::index {
namespace {

constexpr size_t kHits = 10;
constexpr size_t kEf = 64;
constexpr size_t kTruthEf = 256;
// With fewer the measure would be too rough.
constexpr size_t kLeastQueries = 64;
constexpr double kTolerated = 0.005;
// What a walk may find is measured by as many entries as are sure to reach every corner.
constexpr uint16_t kSureEfPerEntry = 2;
// From the fewest entries to the most.
constexpr std::array<uint16_t, 4> kEfPerEntry = {0, 4, 2, 1};
// By what they cost at kEf, measured on a million vectors of 384 dimensions. A walk on coarse codes
// that is wider still costs more than one on fine codes.
constexpr std::array<WalkPlan, 12> kCoarsePlans = {{
    {.widening = 1, .ef_per_entry = 0},
    {.widening = 1, .ef_per_entry = 4},
    {.widening = 1, .ef_per_entry = 2},
    {.widening = 4.0F / 3, .ef_per_entry = 0},
    {.widening = 4.0F / 3, .ef_per_entry = 4},
    {.widening = 1, .ef_per_entry = 1},
    {.widening = 4.0F / 3, .ef_per_entry = 2},
    {.widening = 2, .ef_per_entry = 0},
    {.widening = 4.0F / 3, .ef_per_entry = 1},
    {.widening = 2, .ef_per_entry = 4},
    {.widening = 2, .ef_per_entry = 2},
    {.widening = 2, .ef_per_entry = 1},
}};
// A scan keeps all but one in a hundred of the nearest, and enough for data that is yet to come.
constexpr double kKeptByScan = 0.99;
constexpr size_t kLeastScanFactor = 12;
constexpr size_t kMostPlaces = 48 * GraphIndex::kLeastScanHits;

/// The share of the nearest that hits reach; whoever is as near as the last of them counts as one.
double Found(const std::vector<Neighbor>& nearest, const std::vector<Neighbor>& hits) {
  if (nearest.empty()) return 1;
  const float last = nearest.back().distance;
  const auto found = std::count_if(hits.begin(), hits.end(),
                                   [&](const Neighbor& hit) { return hit.distance <= last; });
  return static_cast<double>(found) / static_cast<double>(nearest.size());
}

/// `places`: where the nearest stand in the order of the coarse codes, from 1 on.
uint16_t ScanFactor(std::vector<size_t> places) {
  if (places.empty()) return 0;
  const auto last =
      places.begin() + static_cast<ptrdiff_t>(kKeptByScan * static_cast<double>(places.size() - 1));
  std::nth_element(places.begin(), last, places.end());
  if (*last > kMostPlaces) return 0;
  const size_t factor = (*last + GraphIndex::kLeastScanHits - 1) / GraphIndex::kLeastScanHits;
  return static_cast<uint16_t>(std::max(factor, kLeastScanFactor));
}

}  // namespace

struct GraphIndex::Truth {
  Slot self = 0;
  std::vector<float> query;
  std::vector<Neighbor> nearest;

  [[nodiscard]] std::vector<Neighbor> Search(const GraphIndex& index, Walk walk, size_t ef) const {
    const auto all = [](Slot) { return true; };
    walk.without = self;
    auto found = index.SearchBy(walk, OpContext{}, query.data(), {.hits = kHits, .ef = ef}, all);
    VG_CHECK(found.ok());  // A default context never ends.
    return std::move(found->hits);
  }
};

void GraphIndex::MeasurePlanWhenDue() {
  size_t due = measure_at_.load(std::memory_order_relaxed);
  const size_t now = size();
  // One of the builders measures; the others go on.
  if (now < due || !measure_at_.compare_exchange_strong(due, now + now / 2)) return;
  plan_ = MeasurePlan();
}

std::vector<GraphIndex::Truth> GraphIndex::Truths() const {
  std::vector<Truth> truths;
  for (const Slot slot : sample_.Slots()) {
    Truth truth{slot, space_.Prepare({space_.Row(slot), space_.dim()}), {}};
    truth.nearest = truth.Search(*this, {.plan = {.ef_per_entry = kSureEfPerEntry}}, kTruthEf);
    truths.push_back(std::move(truth));
  }
  return truths;
}

double GraphIndex::RecallOf(const Walk& walk, const std::vector<Truth>& truths) const {
  double sum = 0;
  for (const Truth& truth : truths) sum += Found(truth.nearest, truth.Search(*this, walk, kEf));
  return sum / static_cast<double>(truths.size());
}

double GraphIndex::RecallWanted(const std::vector<Truth>& truths) const {
  return RecallOf({.plan = SurePlan()}, truths) - kTolerated;
}

WalkPlan GraphIndex::SurePlan() const {
  WalkPlan sure = codes_.plan;
  sure.ef_per_entry = kSureEfPerEntry;
  return sure;
}

WalkPlan GraphIndex::MeasurePlan() const {
  const std::vector<Truth> truths = Truths();
  if (truths.size() < kLeastQueries) return plan();
  const double wanted = RecallWanted(truths);
  WalkPlan measured = SurePlan();
  for (const WalkPlan& candidate : PlansByCost()) {
    if (RecallOf({.plan = candidate}, truths) < wanted) continue;
    measured = candidate;
    break;
  }
  if (!codes_.measures_coarse) return measured;
  std::vector<size_t> places;
  for (const Truth& truth : truths) AppendCoarsePlaces(truth.query.data(), truth.nearest, places);
  measured.scan_factor = ScanFactor(std::move(places));
  return measured;
}

std::optional<WalkPlan> GraphIndex::MeasureNeighborPlan() const {
  const std::vector<Truth> truths = Truths();
  if (truths.size() < kLeastQueries) return std::nullopt;
  const double wanted = RecallWanted(truths);
  for (const WalkPlan& candidate : kCoarsePlans) {
    if (RecallOf({.plan = candidate, .by_neighbors = true}, truths) >= wanted) return candidate;
  }
  return std::nullopt;
}

std::vector<WalkPlan> GraphIndex::PlansByCost() const {
  std::vector<WalkPlan> plans;
  if (codes_.measures_coarse) plans.assign(kCoarsePlans.begin(), kCoarsePlans.end());
  for (const uint16_t ef_per_entry : kEfPerEntry) {
    plans.push_back(codes_.plan);
    plans.back().ef_per_entry = ef_per_entry;
  }
  return plans;
}

void GraphIndex::AppendCoarsePlaces(const float* query, const std::vector<Neighbor>& nearest,
                                    std::vector<size_t>& places) const {
  const auto lease = scratch_pool_.Take();
  SearchScratch& scratch = *lease;
  codes_.coarse->Prepare(query, scratch.query);
  const auto done =
      graph_.Search(OpContext{}, *codes_.coarse, {.ef = kMostPlaces}, SIZE_MAX, scratch);
  VG_CHECK(done.ok());
  for (const Neighbor& near : nearest) {
    size_t place = 0;
    while (place < scratch.pool.size() && scratch.pool[place].slot != near.slot) ++place;
    places.push_back(place < scratch.pool.size() ? place + 1 : SIZE_MAX);
  }
}

}  // namespace vecgate::index

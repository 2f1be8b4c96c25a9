// How a GraphIndex measures its WalkPlan: nodes of the graph are searched for by coarse codes and
// by fine ones, and coarse codes are read as long as they find as much.
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
// A walk on coarse codes that is wider still is slower than one on fine codes.
constexpr std::array<float, 3> kWidenings = {1, 4.0F / 3, 2};
constexpr double kTolerated = 0.005;
// A scan keeps all but one in a hundred of the nearest, and enough for data that is yet to come.
constexpr double kKeptByScan = 0.99;
constexpr float kLeastScanFactor = 12;
constexpr size_t kMostPlaces = 48 * GraphIndex::kLeastScanHits;

struct Truth {
  std::vector<float> query;
  Slot self = 0;
  std::vector<Neighbor> nearest;
};

/// The share of the nearest that hits reach; whoever is as near as the last of them counts as one.
double Found(const Truth& truth, const std::vector<Neighbor>& hits) {
  if (truth.nearest.empty()) return 1;
  const float last = truth.nearest.back().distance;
  const auto found = std::count_if(hits.begin(), hits.end(),
                                   [&](const Neighbor& hit) { return hit.distance <= last; });
  return static_cast<double>(found) / static_cast<double>(truth.nearest.size());
}

/// `places`: where the nearest stand in the order of the coarse codes, from 1 on.
float ScanFactor(std::vector<size_t> places) {
  if (places.empty()) return 0;
  const auto last =
      places.begin() + static_cast<ptrdiff_t>(kKeptByScan * static_cast<double>(places.size() - 1));
  std::nth_element(places.begin(), last, places.end());
  if (*last > kMostPlaces) return 0;
  const float factor = static_cast<float>(*last) / GraphIndex::kLeastScanHits;
  return std::max(factor, kLeastScanFactor);
}

}  // namespace

void GraphIndex::MeasurePlanWhenDue() {
  size_t due = measure_at_.load(std::memory_order_relaxed);
  const size_t now = size();
  // One of the builders measures; the others go on.
  if (now < due || !measure_at_.compare_exchange_strong(due, 2 * now)) return;
  plan_ = MeasurePlan();
}

WalkPlan GraphIndex::MeasurePlan() const {
  const auto search = [this](WalkPlan plan, const Truth& truth, size_t ef) {
    const auto others = [&](Slot slot) { return slot != truth.self; };
    auto found = SearchBy(plan, OpContext{}, truth.query.data(), {.hits = kHits, .ef = ef}, others);
    VG_CHECK(found.ok());  // A default context never ends.
    return std::move(found->hits);
  };
  std::vector<Truth> truths;
  for (const Slot slot : sample_.Slots()) {
    Truth truth{space_.Prepare({space_.Row(slot), space_.dim()}), slot, {}};
    truth.nearest = search(WalkPlan{}, truth, kTruthEf);
    truths.push_back(std::move(truth));
  }
  if (truths.size() < kLeastQueries) return plan();
  const auto recall = [&](WalkPlan plan) {
    double sum = 0;
    for (const Truth& truth : truths) sum += Found(truth, search(plan, truth, kEf));
    return sum / static_cast<double>(truths.size());
  };
  WalkPlan measured;
  const double wanted = recall(WalkPlan{}) - kTolerated;
  for (const float widening : kWidenings) {
    if (measured.widening == 0 && recall({.widening = widening}) >= wanted) {
      measured.widening = widening;
    }
  }
  std::vector<size_t> places;
  for (const Truth& truth : truths) AppendCoarsePlaces(truth.query.data(), truth.nearest, places);
  measured.scan_factor = ScanFactor(std::move(places));
  return measured;
}

void GraphIndex::AppendCoarsePlaces(const float* query, const std::vector<Neighbor>& nearest,
                                    std::vector<size_t>& places) const {
  const auto lease = scratch_pool_.Take();
  SearchScratch& scratch = *lease;
  codes_.coarse->Prepare(query, scratch.query);
  const auto done = graph_.Search(OpContext{}, *codes_.coarse, kMostPlaces, SIZE_MAX, scratch);
  VG_CHECK(done.ok());
  for (const Neighbor& near : nearest) {
    size_t place = 0;
    while (place < scratch.pool.size() && scratch.pool[place].slot != near.slot) ++place;
    places.push_back(place < scratch.pool.size() ? place + 1 : SIZE_MAX);
  }
}

}  // namespace vecgate::index

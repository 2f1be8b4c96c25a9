#include "world.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"

namespace vecgate::model_test {
namespace {

constexpr size_t kCollections = 2;

/// Runs the same call on both engines; `compare` sees both answers when both succeeded.
template <typename Call, typename Compare>
std::string OnBoth(Engine& tested, Engine& reference, Call&& call, Compare&& compare) {
  auto expected = call(reference);
  auto got = call(tested);
  if (!expected.ok()) return "the reference refused: " + expected.error().message;
  if (!got.ok()) return "the engine refused: " + got.error().message;
  return compare(got, expected);
}

/// For calls that answer nothing but success.
constexpr auto kNothingToCompare = [](const Status&, const Status&) { return std::string(); };

}  // namespace

World::World(Opener open, bool restarts, uint64_t seed)
    : open_(std::move(open)), may_restart_(restarts), rng_(seed) {
  VG_CHECK(Restart().empty());
}

std::string World::Restart() {
  last_operation_ = "restart";
  ++restarts_;
  tested_.reset();
  auto opened = open_();
  if (!opened.ok()) return "reopening failed: " + opened.error().message;
  tested_ = std::move(*opened);
  const auto listed = tested_->ListCollections(context_);
  if (!listed.ok()) return "listing failed: " + listed.error().message;
  if (listed->size() != live_.size()) {
    return fmt::format("{} collections after a restart, {} expected", listed->size(), live_.size());
  }
  return "";
}

std::string World::Create(Live live) {
  last_operation_ = fmt::format("create collection {}", ToNumber(live.spec.id));
  const std::string wrong = OnBoth(
      *tested_, reference_, [&](Engine& e) { return e.CreateCollection(context_, live.spec); },
      kNothingToCompare);
  live_.push_back(std::move(live));
  return wrong;
}

std::string World::ReplaceCollection() {
  const size_t at = rng_.Below(live_.size());
  const CollectionId id = live_[at].spec.id;
  last_operation_ = fmt::format("drop collection {}", ToNumber(id));
  const std::string wrong = OnBoth(
      *tested_, reference_, [&](Engine& e) { return e.DropCollection(context_, id); },
      kNothingToCompare);
  live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(at));
  return wrong;
}

std::string World::Step() {
  if (live_.size() < kCollections) return Create(RandomCollection(rng_, CollectionId{next_id_++}));
  const uint64_t roll = rng_.Below(10'000);
  if (roll < 5 && may_restart_) return Restart();
  if (roll < 10) return ReplaceCollection();
  Live& live = live_[rng_.Below(live_.size())];
  if (roll < 40) return ChangeIndex(live);
  if (roll < 60) {
    last_operation_ = "flush";
    return OnBoth(
        *tested_, reference_, [&](Engine& e) { return e.Flush(context_, live.spec.id); },
        kNothingToCompare);
  }
  if (roll < 300) return Stats(live);
  if (roll < 4000) return Write(live);
  if (roll < 5000) return Delete(live);
  if (roll < 7500) return Search(live);
  return Query(live);
}

std::string World::Write(Live& live) {
  const RowBatch batch = RandomBatch(rng_, live);
  const WriteMode mode = rng_.Chance(0.5) ? WriteMode::kInsert : WriteMode::kUpsert;
  last_operation_ = fmt::format("write {} rows", batch.num_rows());
  return OnBoth(
      *tested_, reference_, [&](Engine& e) { return e.Write(context_, live.spec.id, mode, batch); },
      [](const auto& got, const auto& expected) -> std::string {
        if (got->replaced == expected->replaced) return "";
        return fmt::format("{} rows replaced, {} expected", got->replaced, expected->replaced);
      });
}

std::string World::Delete(Live& live) {
  const DeleteRequest request = RandomDelete(rng_, live);
  last_operation_ =
      fmt::format("delete {} keys, filter '{}'", request.keys.size(),
                  request.selection.filter ? filter::TextOf(*request.selection.filter) : "");
  return OnBoth(
      *tested_, reference_, [&](Engine& e) { return e.Delete(context_, live.spec.id, request); },
      [](const auto& got, const auto& expected) -> std::string {
        if (got->deleted == expected->deleted) return "";
        return fmt::format("{} rows deleted, {} expected", got->deleted, expected->deleted);
      });
}

std::string World::Search(Live& live) {
  const SearchRequest request = RandomSearch(rng_, live);
  last_operation_ = fmt::format(
      "search {} k={} offset={} filter '{}' partitions={} group={} cursor={} radius={} filter={}",
      MetricName(request.metric), request.k, request.offset,
      request.selection.filter ? filter::TextOf(*request.selection.filter) : "",
      request.selection.partitions.size(), request.group_by.has_value(), request.after.has_value(),
      request.radius.has_value(), request.range_filter.has_value());
  // Groups and cursors hang on which hits were found, so an approximate index is asked without.
  SearchRequest asked = request;
  if (live.approximate) {
    asked.group_by.reset();
    asked.after.reset();
  }
  return OnBoth(
      *tested_, reference_, [&](Engine& e) { return e.Search(context_, live.spec.id, asked); },
      [&](const auto& got, const auto& expected) {
        return live.approximate ? DifferApproximately(asked, *got, *expected, recall_)
                                : Differ(asked, *got, *expected);
      });
}

std::string World::Query(Live& live) {
  const QueryRequest request = RandomQuery(rng_, live);
  last_operation_ =
      fmt::format("query keys={} filter '{}' partitions={} offset={} limit={} after={} count={}",
                  request.keys ? request.keys->size() : 0,
                  request.selection.filter ? filter::TextOf(*request.selection.filter) : "",
                  request.selection.partitions.size(), request.offset, request.limit.value_or(0),
                  request.after_key ? ToText(*request.after_key) : "", request.count_only);
  return OnBoth(
      *tested_, reference_, [&](Engine& e) { return e.Query(context_, live.spec.id, request); },
      [](const auto& got, const auto& expected) { return Differ(*got, *expected); });
}

std::string World::Stats(Live& live) {
  last_operation_ = "stats";
  return OnBoth(
      *tested_, reference_, [&](Engine& e) { return e.Stats(context_, live.spec.id); },
      [](const auto& got, const auto& expected) { return Differ(*got, *expected); });
}

std::string World::ChangeIndex(Live& live) {
  if (rng_.Chance(0.3)) {
    last_operation_ = "drop index";
    live.approximate = false;
    return OnBoth(
        *tested_, reference_,
        [&](Engine& e) { return e.DropIndex(context_, live.spec.id, kVector); }, kNothingToCompare);
  }
  const bool exact = rng_.Chance(0.4);
  live.approximate = !exact;
  IndexSpec index;
  index.field = kVector;
  const bool bits = live.spec.schema.fields[kVector].type == DataType::kBinaryVector;
  const IndexType flat = bits ? IndexType::kBinFlat : IndexType::kFlat;
  index.type = exact ? flat : IndexType::kHnsw;
  index.metric = RandomMetric(rng_, live);
  last_operation_ = fmt::format("create index {}", IndexTypeName(index.type));
  return OnBoth(
      *tested_, reference_, [&](Engine& e) { return e.CreateIndex(context_, live.spec.id, index); },
      kNothingToCompare);
}

}  // namespace vecgate::model_test

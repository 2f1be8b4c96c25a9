// Several threads at once: every read sees each batch whole or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "engine/conformance/fixture.h"

namespace vecgate::conformance {
namespace {

constexpr int64_t kBatchRows = 20;
constexpr int64_t kVersions = 60;

std::vector<Item> Version(int64_t first, int64_t version) {
  std::vector<Item> items = Line(first, kBatchRows);
  for (Item& item : items) {
    item.rank = version;
    // The point tells the version as well: a row is never made of two.
    item.point = {static_cast<float>(first), static_cast<float>(version)};
  }
  return items;
}

/// All rows from `first` are there once, and of one version, in the answer to a query.
void CheckQuery(Fixture& f, int64_t first) {
  QueryRequest request;
  request.output_fields = {kRank, kPoint};
  request.selection.filter = ItemFilter("id >= " + std::to_string(first) + " and id < " +
                                        std::to_string(first + kBatchRows));
  const QueryResult result = f.Query(request);
  ASSERT_EQ(result.count, static_cast<uint64_t>(kBatchRows));
  const std::vector<int64_t>& versions = result.columns[0].As<int64_t>();
  EXPECT_EQ(std::set<int64_t>(versions.begin(), versions.end()).size(), 1U);
  for (size_t row = 0; row < versions.size(); ++row) {
    EXPECT_EQ(result.columns[1].VectorAt(row)[1], static_cast<float>(versions[row]));
  }
}

/// The same by search: k hits, each key once, all scores of one version.
void CheckSearch(Fixture& f, int64_t first) {
  SearchRequest request = Near(static_cast<float>(first), 0, kBatchRows);
  request.selection.filter = ItemFilter("id >= " + std::to_string(first) + " and id < " +
                                        std::to_string(first + kBatchRows));
  const SearchResult result = f.Search(request);
  const std::vector<int64_t> ids = IdsOf(result.keys);
  ASSERT_EQ(ids.size(), static_cast<size_t>(kBatchRows));
  EXPECT_EQ(std::set<int64_t>(ids.begin(), ids.end()).size(), static_cast<size_t>(kBatchRows));
  EXPECT_EQ(std::set<float>(result.scores.begin(), result.scores.end()).size(), 1U);
}

void BatchesAreSeenWhole(Fixture& f) {
  f.CreateItems();
  const IndexSpec index{
      .field = kPoint, .type = IndexType::kAuto, .metric = Metric::kL2, .params = {}};
  ASSERT_TRUE(f.engine().CreateIndex(f.context(), Fixture::kItems, index).ok());
  constexpr int64_t kFirst[] = {0, 1000};
  for (const int64_t first : kFirst) f.Write(Version(first, 0));
  std::atomic<int> writing{2};
  std::vector<std::thread> threads;
  for (const int64_t first : kFirst) {
    threads.emplace_back([&f, &writing, first] {
      for (int64_t version = 1; version <= kVersions; ++version) {
        f.Write(Version(first, version), WriteMode::kUpsert);
      }
      --writing;
    });
  }
  for (const int64_t first : kFirst) {
    threads.emplace_back([&f, &writing, first] {
      do {
        CheckQuery(f, first);
        CheckSearch(f, first);
      } while (writing > 0 && !::testing::Test::HasFailure());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(
      f.Count({.partitions = {}, .filter = ItemFilter("rank == " + std::to_string(kVersions))}),
      static_cast<uint64_t>(2 * kBatchRows));
}

// Many writers of the same keys: each write counts what it replaced, where it counts at all, and in
// the end each key is there once.
void WritersOfTheSameKeys(Fixture& f) {
  f.CreateItems();
  constexpr int kWriters = 4;
  constexpr int kRounds = 25;
  std::atomic<uint64_t> replaced{0};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) replaced += f.Write(Line(0, 10)).replaced;
    });
  }
  for (std::thread& thread : threads) thread.join();
  const bool counts = f.engine().GetCapabilities().counts_replaced;
  EXPECT_EQ(replaced, counts ? static_cast<uint64_t>(kWriters * kRounds * 10 - 10) : 0U);
  EXPECT_EQ(f.Count(), 10U);
}

// What a thread was told is written, it and others see at once.
void AWriteIsSeenByTheNextRead(Fixture& f) {
  f.CreateItems();
  std::vector<std::thread> threads;
  for (int64_t writer = 0; writer < 4; ++writer) {
    threads.emplace_back([&f, writer] {
      for (int64_t id = writer * 1000; id < writer * 1000 + 26; ++id) {
        f.Write({{.id = id, .point = {static_cast<float>(id), 1}}});
        EXPECT_EQ(f.Hits(Near(static_cast<float>(id), 1, 1)), std::vector<int64_t>{id});
        if (id % 2 == 0) {
          EXPECT_EQ(f.Delete({.keys = Keys({id}), .selection = {}}), 1U);
          QueryRequest request;
          request.keys = Keys({id});
          EXPECT_TRUE(f.Ids(request).empty());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(f.Count(), 52U);
}

}  // namespace

std::vector<Case> ConcurrencyCases() {
  return {{"BatchesAreSeenWhole", BatchesAreSeenWhole},
          {"WritersOfTheSameKeys", WritersOfTheSameKeys},
          {"AWriteIsSeenByTheNextRead", AWriteIsSeenByTheNextRead}};
}

}  // namespace vecgate::conformance

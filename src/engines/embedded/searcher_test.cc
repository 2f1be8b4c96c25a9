// Searches on rows of which one part is in the index, one has codes and one has nothing yet: each
// answer must be what comparing all rows gives, wherever the borders lie.
#include "engines/embedded/searcher.h"

#include <algorithm>
#include <utility>

#include "engines/embedded/engine_fixture.h"

namespace vecgate::embedded {
namespace {

constexpr int64_t kRows = 6000;
constexpr uint32_t kTags = 40;

// Tags by key, so that groups and filters cut across the parts.
RowBatch TaggedRows() {
  RowBatch batch = MakeBatch(TestCollection().schema);
  for (int64_t id = 0; id < kRows; ++id) {
    batch.columns[kIdField].Append(id);
    batch.columns[kTagField].Append("t" + std::to_string(id * 7 % kTags));
    batch.columns[kVectorField].AppendVector(VectorOf(id));
  }
  return batch;
}

// How many slots are in the index, and how many have codes.
constexpr std::pair<uint32_t, uint32_t> kBorders[] = {
    {0, 100}, {0, 6000}, {64, 2000}, {3000, 3100}, {2000, 5000}, {5900, 6000}, {6000, 6000}};

class SearcherTest : public testing::TestWithParam<IndexType> {
 protected:
  SearcherTest() {
    auto state = std::make_shared<ReadState>();
    state->slots = std::make_shared<Slots>(schema_);
    EXPECT_TRUE(state->slots->Reserve(kRows).ok());
    const RowBatch batch = TaggedRows();
    std::vector<uint32_t> rows(kRows);
    for (uint32_t i = 0; i < kRows; ++i) {
      rows[i] = i;
      const auto vector = batch.columns[kVectorField].VectorAt(i);
      state->slots->arenas[kVectorField]->Set(i, vector.data());
    }
    state->scalars = state->scalars.With(batch, rows);
    state->sequence = 1;
    state->live_rows = kRows;
    const IndexSpec spec{kVectorField, GetParam(), Metric::kL2, {{"nlist", "16"}}};
    index_ = std::make_shared<VectorIndex>(spec, state->slots, 0);
    for (bool more = true; more;) {
      const auto built = index_->BuildSome(*state);
      EXPECT_TRUE(built.ok());
      more = built.ok() && *built;
    }
    EXPECT_EQ(index_->upto(), kRows);
    state_ = std::move(state);
  }

  [[nodiscard]] SearchResult Run(const SearchRequest& request, const SearchView& view) const {
    auto result = Searcher(OpContext{}, view, request, schema_, /*exact_below_rows=*/0).Run();
    EXPECT_TRUE(result.ok());
    return std::move(*result);
  }

  // The share of the exact answer's keys that is found, at the worst of several borders.
  [[nodiscard]] double WorstRecall(const SearchRequest& request) const {
    const SearchResult exact = Run(request, {state_, nullptr});
    const std::vector<int64_t>& truth = exact.keys.As<int64_t>();
    double worst = 1;
    for (const auto& [upto, encoded] : kBorders) {
      const SearchResult found = Run(request, {state_, index_, upto, encoded});
      EXPECT_EQ(found.hits_per_query, exact.hits_per_query) << upto << " " << encoded;
      const std::vector<int64_t>& keys = found.keys.As<int64_t>();
      const auto hits = std::count_if(truth.begin(), truth.end(), [&](int64_t key) {
        return std::find(keys.begin(), keys.end(), key) != keys.end();
      });
      worst = std::min(worst, static_cast<double>(hits) / static_cast<double>(truth.size()));
    }
    return worst;
  }

  const CollectionSchema schema_ = TestCollection().schema;
  std::shared_ptr<const ReadState> state_;
  std::shared_ptr<VectorIndex> index_;
};

SearchRequest ManyQueries(uint32_t k) {
  SearchRequest request = Nearest({}, k);
  for (int64_t q = 0; q < 20; ++q) {
    request.queries.AppendVector(VectorOf(q, 1));
  }
  request.ef = 200;
  request.nprobe = 16;
  return request;
}

TEST_P(SearcherTest, FindsTheNearest) { EXPECT_GE(WorstRecall(ManyQueries(10)), 0.95); }

TEST_P(SearcherTest, FindsTheRowsOnBothSidesOfEachBorder) {
  for (const auto& [upto, encoded] : kBorders) {
    for (const int64_t border : {upto, encoded}) {
      for (int64_t id = std::max<int64_t>(border - 1, 0); id <= border && id < kRows; ++id) {
        const SearchResult found = Run(Nearest(VectorOf(id), 1), {state_, index_, upto, encoded});
        EXPECT_EQ(found.keys.As<int64_t>(), std::vector<int64_t>{id}) << upto << " " << encoded;
      }
    }
  }
}

TEST_P(SearcherTest, FindsTheNearestOfAFewTags) {
  SearchRequest request = ManyQueries(10);
  request.selection.filter = FilterOf("tag in [\"t1\", \"t2\", \"t30\"]");
  EXPECT_GE(WorstRecall(request), 0.95);
}

TEST_P(SearcherTest, FindsWhatLiesInARange) {
  SearchRequest request = ManyQueries(500);
  request.radius = 18.0F;
  request.range_filter = 9.0F;
  EXPECT_GE(WorstRecall(request), 0.95);
}

TEST_P(SearcherTest, FindsTheNextPageBehindACursor) {
  SearchRequest request = Nearest(VectorOf(3, 1), 50);
  for (int page = 0; page < 8; ++page) {
    EXPECT_GE(WorstRecall(request), 0.94) << "page " << page;
    const SearchResult exact = Run(request, {state_, nullptr});
    request.after = SearchCursor{exact.scores.back(), exact.keys.As<int64_t>().back()};
  }
}

TEST_P(SearcherTest, FindsTheNearestGroups) {
  SearchRequest request = Nearest(VectorOf(5, 1), 30);
  request.group_by = GroupBy{kTagField, 3};
  EXPECT_GE(WorstRecall(request), 0.95);
}

INSTANTIATE_TEST_SUITE_P(Each, SearcherTest,
                         testing::Values(IndexType::kAuto, IndexType::kIvfSq8, IndexType::kIvfFlat),
                         [](const auto& type) {
                           std::string name(IndexTypeName(type.param));
                           std::erase(name, '_');
                           return name;
                         });

}  // namespace
}  // namespace vecgate::embedded

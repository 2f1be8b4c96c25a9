// Vector fields of every type: their bytes come back, and scores are those of the stored values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <thread>

#include "base/check.h"
#include "base/rng.h"
#include "engine/conformance/fixture.h"

namespace vecgate::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr CollectionId kTyped{21};
constexpr int64_t kRows = 120;

enum TypedField : size_t { kKey, kVector, kBucket };

struct Kind {
  DataType type;
  uint32_t dim;
  std::vector<Metric> metrics;
};

const std::vector<Kind>& Kinds() {
  static const std::vector<Metric> numbers = {Metric::kL2, Metric::kInnerProduct, Metric::kCosine};
  static const std::vector<Metric> bits = {Metric::kHamming, Metric::kJaccard};
  static const std::vector<Kind> kinds = {{DataType::kFloatVector, 24, numbers},
                                          {DataType::kFloat16Vector, 24, numbers},
                                          {DataType::kBFloat16Vector, 24, numbers},
                                          {DataType::kInt8Vector, 24, numbers},
                                          {DataType::kBinaryVector, 256, bits}};
  return kinds;
}

CollectionSchema SchemaOf(const Kind& kind) {
  CollectionSchema schema;
  schema.name = "typed";
  schema.fields.resize(3);
  schema.fields[kKey].name = "id";
  schema.fields[kKey].type = DataType::kInt64;
  schema.fields[kKey].is_primary_key = true;
  schema.fields[kVector].name = "v";
  schema.fields[kVector].type = kind.type;
  schema.fields[kVector].dim = kind.dim;
  schema.fields[kBucket].name = "bucket";
  schema.fields[kBucket].type = DataType::kInt64;
  const Status status = FinishSchema(schema);
  VG_CHECK(status.ok());
  return schema;
}

/// One random vector more. Numbers are such that sums of their products are near the largest of
/// them, so that rounding is small beside a score.
void AppendRandom(Rng& rng, Column& vectors) {
  if (vectors.type() == DataType::kBinaryVector) {
    std::string bits(vectors.dim() / 8, '\0');
    for (char& byte : bits) byte = static_cast<char>(rng.Below(256));
    vectors.AppendVectorBytes(bits);
    return;
  }
  std::vector<float> numbers(vectors.dim());
  for (float& x : numbers) x = static_cast<float>(rng.Between(1, 100)) * 1.1F;
  vectors.AppendVector(numbers);
}

/// Rows [first, end): bucket = id % 4, and a vector that id and version determine.
RowBatch Rows(const Kind& kind, int64_t first, int64_t end, uint64_t version = 0) {
  RowBatch batch = MakeBatch(SchemaOf(kind));
  for (int64_t id = first; id < end; ++id) {
    Rng rng(static_cast<uint64_t>(id) * 1000 + version);
    batch.columns[kKey].Append(id);
    AppendRandom(rng, batch.columns[kVector]);
    batch.columns[kBucket].Append(id % 4);
  }
  return batch;
}

SearchRequest Nearest(const Kind& kind, Metric metric, uint32_t k, uint64_t seed = 77) {
  SearchRequest request;
  request.field = kVector;
  request.queries = SchemaOf(kind).fields[kVector].MakeColumn();
  Rng rng(seed);
  AppendRandom(rng, request.queries);
  request.metric = metric;
  request.k = k;
  return request;
}

/// From the definition, bit by bit.
double ExactBitScore(Metric metric, std::string_view a, std::string_view b) {
  int differing = 0;
  int common = 0;
  int either = 0;
  for (size_t i = 0; i < a.size() * 8; ++i) {
    const bool x = (a[i / 8] >> (i % 8) & 1) != 0;
    const bool y = (b[i / 8] >> (i % 8) & 1) != 0;
    differing += x != y ? 1 : 0;
    common += x && y ? 1 : 0;
    either += x || y ? 1 : 0;
  }
  if (metric == Metric::kHamming) return differing;
  return either == 0 ? 0 : 1 - static_cast<double>(common) / either;
}

/// From the definition, in double, of two stored vectors.
double ExactScore(Metric metric, const Column& a, size_t row_a, const Column& b, size_t row_b) {
  if (a.type() == DataType::kBinaryVector) {
    return ExactBitScore(metric, a.VectorBytesAt(row_a), b.VectorBytesAt(row_b));
  }
  std::vector<float> scratch_a;
  std::vector<float> scratch_b;
  const auto x = a.NumbersAt(row_a, scratch_a);
  const auto y = b.NumbersAt(row_b, scratch_b);
  double product = 0;
  double squares = 0;
  double norm_x = 0;
  double norm_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    product += double{x[i]} * y[i];
    squares += (double{x[i]} - y[i]) * (double{x[i]} - y[i]);
    norm_x += double{x[i]} * x[i];
    norm_y += double{y[i]} * y[i];
  }
  if (metric == Metric::kL2) return squares;
  if (metric == Metric::kInnerProduct) return product;
  return product / std::sqrt(norm_x * norm_y);
}

/// A collection of one kind, and the bytes that each key must have.
class Typed {
 public:
  Typed(Fixture& f, const Kind& kind)
      : f_(f), kind_(kind), id_{ToNumber(kTyped) + static_cast<uint64_t>(kind.type)} {
    const Status made = f.engine().CreateCollection(f.context(), {id_, SchemaOf(kind)});
    EXPECT_TRUE(made.ok()) << made.error().message;
  }
  ~Typed() { EXPECT_TRUE(f_.engine().DropCollection(f_.context(), id_).ok()); }
  Typed(const Typed&) = delete;
  Typed& operator=(const Typed&) = delete;

  void Put(int64_t first, int64_t end, uint64_t version = 0) {
    const RowBatch batch = Rows(kind_, first, end, version);
    const auto written = f_.engine().Write(f_.context(), id_, WriteMode::kUpsert, batch);
    ASSERT_TRUE(written.ok()) << written.error().message;
    for (size_t row = 0; row < batch.num_rows(); ++row) {
      expected_[batch.columns[kKey].As<int64_t>()[row]] = batch.columns[kVector].VectorBytesAt(row);
    }
  }
  void Remove(const std::vector<int64_t>& ids) {
    const auto gone = f_.engine().Delete(f_.context(), id_, {Keys(ids), {}});
    ASSERT_TRUE(gone.ok()) << gone.error().message;
    for (const int64_t id : ids) expected_.erase(id);
  }
  void Index(IndexType type, Metric metric) {
    const Status made = f_.engine().CreateIndex(f_.context(), id_, {kVector, type, metric, {}});
    ASSERT_TRUE(made.ok()) << IndexTypeName(type) << ": " << made.error().message;
  }
  Result<SearchResult> Search(const SearchRequest& request) {
    return f_.engine().Search(f_.context(), id_, request);
  }

  [[nodiscard]] CollectionId id() const { return id_; }

  /// A query gives exactly the rows that were written, byte for byte.
  void CheckRows() {
    QueryRequest all;
    all.output_fields = {kVector};
    const auto rows = f_.engine().Query(f_.context(), id_, all);
    ASSERT_TRUE(rows.ok()) << rows.error().message;
    ASSERT_EQ(rows->keys.num_rows(), expected_.size()) << DataTypeName(kind_.type);
    CheckBytes(rows->keys, rows->columns[0]);
  }
  /// A search for all rows gives each once, in order, with its bytes and its exact score.
  void CheckSearch(Metric metric) {
    SearchRequest request = Nearest(kind_, metric, kRows);
    request.output_fields = {kVector};
    const auto hits = Search(request);
    ASSERT_TRUE(hits.ok()) << hits.error().message;
    ASSERT_EQ(hits->scores.size(), expected_.size());
    CheckBytes(hits->keys, hits->columns[0]);
    for (size_t i = 0; i < hits->scores.size(); ++i) {
      const double exact = ExactScore(metric, request.queries, 0, hits->columns[0], i);
      EXPECT_NEAR(hits->scores[i], exact, std::abs(exact) * 1e-5)
          << DataTypeName(kind_.type) << " " << MetricName(metric);
      EXPECT_TRUE(i == 0 || !IsBetter(metric, hits->scores[i], hits->scores[i - 1]));
    }
  }

 private:
  void CheckBytes(const Column& keys, const Column& vectors) {
    ASSERT_EQ(vectors.type(), kind_.type);
    for (size_t row = 0; row < keys.num_rows(); ++row) {
      const auto found = expected_.find(keys.As<int64_t>()[row]);
      ASSERT_NE(found, expected_.end()) << "key " << keys.As<int64_t>()[row];
      EXPECT_EQ(vectors.VectorBytesAt(row), found->second)
          << DataTypeName(kind_.type) << " of key " << found->first;
    }
  }

  Fixture& f_;
  const Kind& kind_;
  const CollectionId id_;
  std::map<int64_t, std::string> expected_;
};

/// All kinds at once, each in a collection of its own: engines that wait for a server wait once.
template <typename Check>
void ForEachKind(const Check& check) {
  std::vector<std::thread> threads;
  for (const Kind& kind : Kinds()) threads.emplace_back([&check, &kind] { check(kind); });
  for (std::thread& thread : threads) thread.join();
}

void EveryVectorTypeComesBackWithExactScores(Fixture& f) {
  ForEachKind([&](const Kind& kind) {
    Typed typed(f, kind);
    typed.Put(0, kRows);
    typed.Put(10, 30, 1);
    typed.Remove({3, 4, 25});
    typed.CheckRows();
    for (const Metric metric : kind.metrics) typed.CheckSearch(metric);
  });
}

void EveryVectorTypeIsIndexed(Fixture& f) {
  const Capabilities capabilities = f.engine().GetCapabilities();
  ForEachKind([&](const Kind& kind) {
    Typed typed(f, kind);
    typed.Put(0, kRows);
    typed.Remove({3, 4, 25});
    for (const Metric metric : kind.metrics) {
      for (const IndexType type : capabilities.IndexesOf(kind.type)) {
        typed.Index(type, metric);
        typed.CheckSearch(metric);
      }
    }
  });
}

void EveryVectorTypeTakesFiltersRangesGroupsAndCursors(Fixture& f) {
  ForEachKind([&](const Kind& kind) {
    Typed typed(f, kind);
    typed.Put(0, kRows);
    for (const Metric metric : kind.metrics) {
      SearchRequest request = Nearest(kind, metric, kRows);
      const auto all = typed.Search(request);
      ASSERT_TRUE(all.ok()) << all.error().message;
      const std::vector<int64_t> order = IdsOf(all->keys);
      const auto expect = [&](const SearchRequest& asked, const std::vector<int64_t>& ids,
                              const char* what) {
        const auto found = typed.Search(asked);
        ASSERT_TRUE(found.ok()) << found.error().message;
        EXPECT_EQ(IdsOf(found->keys), ids)
            << what << " of " << DataTypeName(kind.type) << " by " << MetricName(metric);
      };
      const auto filter = filter::Compile("bucket == 2", SchemaOf(kind));
      ASSERT_TRUE(filter.ok());
      SearchRequest filtered = request;
      filtered.selection.filter = *filter;
      std::vector<int64_t> even;
      std::copy_if(order.begin(), order.end(), std::back_inserter(even),
                   [](int64_t id) { return id % 4 == 2; });
      expect(filtered, even, "filter");

      // From the score of hit 10 on, before that of hit 40; equal scores fall on one side.
      SearchRequest ranged = request;
      ranged.range_filter = all->scores[10];
      ranged.radius = all->scores[40];
      std::vector<int64_t> between;
      for (size_t i = 0; i < order.size(); ++i) {
        const float score = all->scores[i];
        if (!IsBetter(metric, score, all->scores[10]) && IsBetter(metric, score, all->scores[40])) {
          between.push_back(order[i]);
        }
      }
      EXPECT_FALSE(between.empty());
      expect(ranged, between, "range");

      SearchRequest grouped = request;
      grouped.group_by = GroupBy{.field = kBucket, .group_size = 1};
      std::vector<int64_t> leaders;
      for (const int64_t id : order) {
        const bool seen = std::any_of(leaders.begin(), leaders.end(),
                                      [&](int64_t leader) { return leader % 4 == id % 4; });
        if (!seen) leaders.push_back(id);
      }
      expect(grouped, leaders, "groups");

      SearchRequest after = request;
      after.after = SearchCursor{all->scores[30], PrimaryKey(order[30])};
      expect(after, {order.begin() + 31, order.end()}, "cursor");
    }
  });
}

void QueriesOfAnotherTypeOrDimensionAreRefused(Fixture& f) {
  ForEachKind([&](const Kind& kind) {
    Typed typed(f, kind);
    typed.Put(0, 3);
    const auto refusal = [&](const SearchRequest& request) {
      const auto found = typed.Search(request);
      if (found.ok()) return std::string("accepted");
      EXPECT_EQ(found.error().code, Code::kInvalidArgument);
      return found.error().message;
    };
    for (const Kind& other : Kinds()) {
      if (other.type == kind.type) continue;
      SearchRequest request = Nearest(kind, kind.metrics[0], 3);
      request.queries = Nearest(other, kind.metrics[0], 3).queries;
      EXPECT_THAT(refusal(request),
                  AllOf(HasSubstr("field v is of type " + std::string(DataTypeName(kind.type))),
                        HasSubstr("of type " + std::string(DataTypeName(other.type)))));
    }
    SearchRequest longer = Nearest({kind.type, kind.dim + 8, {}}, kind.metrics[0], 3);
    EXPECT_THAT(refusal(longer), HasSubstr("vector dimension mismatch: field v has " +
                                           std::to_string(kind.dim) + " dimensions"));
    SearchRequest none = Nearest(kind, kind.metrics[0], 3);
    none.queries = none.queries.EmptyLike();
    EXPECT_THAT(refusal(none), HasSubstr("needs a query vector"));
  });
}

void MetricsAndIndexesOfOtherTypesAreRefused(Fixture& f) {
  const Capabilities capabilities = f.engine().GetCapabilities();
  ForEachKind([&](const Kind& kind) {
    Typed typed(f, kind);
    typed.Put(0, 3);
    const bool bits = kind.type == DataType::kBinaryVector;
    const Metric other = bits ? Metric::kCosine : Metric::kHamming;
    const std::string misfit = "does not support metric type: " + std::string(MetricName(other));
    const auto refused = [&](IndexType type, Metric metric) {
      return f.engine().CreateIndex(f.context(), typed.id(), {kVector, type, metric, {}});
    };
    const Status by_metric = refused(IndexType::kAuto, other);
    ASSERT_FALSE(by_metric.ok());
    EXPECT_EQ(by_metric.error().code, Code::kInvalidArgument);
    EXPECT_THAT(by_metric.error().message, HasSubstr(misfit));

    const auto found = typed.Search(Nearest(kind, other, 3));
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, Code::kInvalidArgument);
    EXPECT_THAT(found.error().message, AllOf(HasSubstr(misfit), HasSubstr("field v")));

    const auto& others = bits ? capabilities.vector_indexes : capabilities.binary_indexes;
    const auto& own = capabilities.IndexesOf(kind.type);
    for (const IndexType type : others) {
      if (std::find(own.begin(), own.end(), type) != own.end()) continue;
      const Status by_type = refused(type, kind.metrics[0]);
      ASSERT_FALSE(by_type.ok()) << IndexTypeName(type);
      EXPECT_EQ(by_type.error().code, Code::kUnimplemented);
      for (const IndexType available : own) {
        EXPECT_THAT(by_type.error().message, HasSubstr(std::string(IndexTypeName(available))));
      }
    }
  });
}

void VectorsWithoutABitAreNearEachOtherByJaccard(Fixture& f) {
  const Kind kind{DataType::kBinaryVector, 16, {Metric::kJaccard}};
  ASSERT_TRUE(f.engine().CreateCollection(f.context(), {kTyped, SchemaOf(kind)}).ok());
  RowBatch batch = MakeBatch(SchemaOf(kind));
  const std::string rows[] = {{'\x00', '\x00'}, {'\x01', '\x00'}, {'\x03', '\x80'}};
  for (int64_t id = 0; id < 3; ++id) {
    batch.columns[kKey].Append(id);
    batch.columns[kVector].AppendVectorBytes(rows[id]);
    batch.columns[kBucket].Append(id);
  }
  ASSERT_TRUE(f.engine().Write(f.context(), kTyped, WriteMode::kInsert, batch).ok());
  SearchRequest request = Nearest(kind, Metric::kJaccard, 3);
  request.queries = batch.columns[kVector];
  const auto found = f.engine().Search(f.context(), kTyped, request);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_THAT(IdsOf(found->keys), ElementsAre(0, 1, 2, 1, 2, 0, 2, 1, 0));
  EXPECT_THAT(found->scores, ElementsAre(0, 1, 1, 0, static_cast<float>(1 - 1.0 / 3), 1, 0,
                                         static_cast<float>(1 - 1.0 / 3), 1));
}

void EveryVectorTypeSurvivesReopening(Fixture& f) {
  for (const Kind& kind : Kinds()) {
    Typed typed(f, kind);
    typed.Put(0, 80);
    typed.Index(IndexType::kAuto, kind.metrics[0]);
    typed.Remove({7});
    if (!f.ReopensWithRows()) continue;
    typed.CheckRows();
    typed.Put(60, kRows, 2);
    ASSERT_TRUE(f.engine().Flush(f.context(), typed.id()).ok());
    typed.Put(0, 5, 3);
    f.Reopen();
    typed.CheckRows();
    typed.CheckSearch(kind.metrics[0]);
  }
}

}  // namespace

std::vector<Case> VectorTypeCases() {
  return {
      {"EveryVectorTypeComesBackWithExactScores", EveryVectorTypeComesBackWithExactScores},
      {"EveryVectorTypeIsIndexed", EveryVectorTypeIsIndexed},
      {"EveryVectorTypeTakesFiltersRangesGroupsAndCursors",
       EveryVectorTypeTakesFiltersRangesGroupsAndCursors},
      {"QueriesOfAnotherTypeOrDimensionAreRefused", QueriesOfAnotherTypeOrDimensionAreRefused},
      {"MetricsAndIndexesOfOtherTypesAreRefused", MetricsAndIndexesOfOtherTypesAreRefused},
      {"VectorsWithoutABitAreNearEachOtherByJaccard", VectorsWithoutABitAreNearEachOtherByJaccard},
      {"EveryVectorTypeSurvivesReopening", EveryVectorTypeSurvivesReopening}};
}

}  // namespace vecgate::conformance

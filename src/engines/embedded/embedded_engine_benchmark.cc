// The embedded engine at 100,000 × 384 clustered vectors: insertion, building, search latency and
// recall, filtered search, reopening. Prints one table; run it alone on the machine.
//
//   VECGATE_BENCH_ROWS=100000 engines_embedded_benchmark
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <thread>

#include "base/check.h"
#include "engines/embedded/embedded_engine.h"
#include "index/clustered_vectors.h"

namespace vecgate::embedded {
namespace {

constexpr uint32_t kDim = 384;
constexpr CollectionId kCollection{1};
constexpr size_t kVectorField = 1;
constexpr size_t kQueries = 1000;
constexpr uint32_t kTop = 10;
const char kFolder[] = "vecgate_embedded_benchmark";

using Seconds = std::chrono::duration<double>;

size_t RowCount() {
  const char* text = std::getenv("VECGATE_BENCH_ROWS");
  return text != nullptr ? std::strtoul(text, nullptr, 10) : 100'000;
}

CollectionSpec Spec() {
  CollectionSpec spec{kCollection, {}};
  spec.schema.name = "bench";
  FieldSchema id;
  id.name = "id";
  id.type = DataType::kInt64;
  id.is_primary_key = true;
  FieldSchema vector;
  vector.name = "vector";
  vector.type = DataType::kFloatVector;
  vector.dim = kDim;
  spec.schema.fields = {id, vector};
  VG_CHECK(FinishSchema(spec.schema).ok());
  return spec;
}

std::unique_ptr<EmbeddedEngine> Open(storage::Durability durability) {
  auto engine = EmbeddedEngine::Open({.directory = kFolder, .durability = durability});
  VG_CHECK(engine.ok());
  return std::move(*engine);
}

RowBatch Batch(const std::vector<float>& vectors, size_t begin, size_t end) {
  RowBatch batch = MakeBatch(Spec().schema);
  for (size_t i = begin; i < end; ++i) {
    batch.columns[0].Append(static_cast<int64_t>(i));
    batch.columns[1].AppendVector({&vectors[i * kDim], kDim});
  }
  return batch;
}

SearchRequest Request(const float* query) {
  SearchRequest request;
  request.field = kVectorField;
  request.queries = FloatVectors(kDim, {query, kDim});
  request.metric = Metric::kCosine;
  request.k = kTop;
  return request;
}

// Sorted milliseconds of each query, and the keys that each found.
struct Searched {
  std::vector<double> latencies_ms;
  std::vector<std::set<int64_t>> keys;

  [[nodiscard]] double Percentile(double share) const {
    return latencies_ms[static_cast<size_t>(share * static_cast<double>(latencies_ms.size() - 1))];
  }
};

Searched SearchAll(Engine& engine, const std::vector<float>& queries,
                   const std::shared_ptr<const filter::Filter>& filter) {
  Searched out;
  for (size_t q = 0; q < kQueries; ++q) {
    SearchRequest request = Request(&queries[q * kDim]);
    request.selection.filter = filter;
    const auto start = std::chrono::steady_clock::now();
    const auto hits = engine.Search(OpContext{}, kCollection, request);
    const Seconds took = std::chrono::steady_clock::now() - start;
    VG_CHECK(hits.ok());
    out.latencies_ms.push_back(1000 * took.count());
    const auto& keys = hits->keys.As<int64_t>();
    out.keys.emplace_back(keys.begin(), keys.end());
  }
  std::sort(out.latencies_ms.begin(), out.latencies_ms.end());
  return out;
}

double Recall(const Searched& truth, const Searched& found) {
  size_t same = 0;
  size_t wanted = 0;
  for (size_t q = 0; q < kQueries; ++q) {
    wanted += truth.keys[q].size();
    for (const int64_t key : found.keys[q]) same += truth.keys[q].count(key);
  }
  return static_cast<double>(same) / static_cast<double>(wanted);
}

double ParallelQps(Engine& engine, const std::vector<float>& queries) {
  const size_t threads = std::thread::hardware_concurrency();
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> searchers;
    for (size_t t = 0; t < threads; ++t) {
      searchers.emplace_back([&] { SearchAll(engine, queries, nullptr); });
    }
  }
  const Seconds took = std::chrono::steady_clock::now() - start;
  return static_cast<double>(threads * kQueries) / took.count();
}

void WholeLife(benchmark::State& state) {
  const size_t rows = RowCount();
  const size_t clusters = rows / 100 + 1;
  const auto vectors = index::ClusteredVectors(rows, kDim, clusters, 1, 0.6);
  const auto queries = index::ClusteredVectors(kQueries, kDim, clusters, 2, 0.6);
  const auto tenth = filter::Compile("id % 10 == 3", Spec().schema);
  VG_CHECK(tenth.ok());
  for (auto _ : state) {
    std::filesystem::remove_all(kFolder);
    auto engine = Open(storage::Durability::kSync);
    VG_CHECK(engine->CreateCollection(OpContext{}, Spec()).ok());
    auto start = std::chrono::steady_clock::now();
    for (size_t at = 0; at < rows; at += 1000) {
      VG_CHECK(engine
                   ->Write(OpContext{}, kCollection, WriteMode::kInsert,
                           Batch(vectors, at, std::min(rows, at + 1000)))
                   .ok());
    }
    const auto seconds_since = [&start] {
      return Seconds(std::chrono::steady_clock::now() - start).count();
    };
    state.counters["insert_rows_per_s"] = static_cast<double>(rows) / seconds_since();
    const Searched truth = SearchAll(*engine, queries, nullptr);
    const Searched filtered_truth = SearchAll(*engine, queries, *tenth);
    state.counters["exact_p50_ms"] = truth.Percentile(0.5);
    start = std::chrono::steady_clock::now();
    VG_CHECK(engine
                 ->CreateIndex(OpContext{}, kCollection,
                               {kVectorField, IndexType::kHnsw, Metric::kCosine, {}})
                 .ok());
    VG_CHECK(engine->WaitUntilIndexed(OpContext{}).ok());
    state.counters["build_s"] = seconds_since();
    const Searched found = SearchAll(*engine, queries, nullptr);
    state.counters["p50_ms"] = found.Percentile(0.5);
    state.counters["p99_ms"] = found.Percentile(0.99);
    state.counters["recall_at_10"] = Recall(truth, found);
    const Searched filtered = SearchAll(*engine, queries, *tenth);
    state.counters["filtered_p50_ms"] = filtered.Percentile(0.5);
    state.counters["filtered_p99_ms"] = filtered.Percentile(0.99);
    state.counters["filtered_recall"] = Recall(filtered_truth, filtered);
    state.counters["qps_all_cores"] = ParallelQps(*engine, queries);
    VG_CHECK(engine->Close().ok());
    start = std::chrono::steady_clock::now();
    engine = Open(storage::Durability::kSync);
    state.counters["reopen_s"] = seconds_since();
    VG_CHECK(Recall(truth, SearchAll(*engine, queries, nullptr)) > 0.5);
  }
  std::filesystem::remove_all(kFolder);
}
BENCHMARK(WholeLife)->Unit(benchmark::kSecond)->Iterations(1);

// One acknowledged row at a time.
void InsertOne(benchmark::State& state) {
  std::filesystem::remove_all(kFolder);
  auto engine =
      Open(state.range(0) == 0 ? storage::Durability::kAsync : storage::Durability::kSync);
  VG_CHECK(engine->CreateCollection(OpContext{}, Spec()).ok());
  const auto vectors = index::ClusteredVectors(1000, kDim, 10, 1);
  size_t i = 0;
  for (auto _ : state) {
    const size_t row = i++ % 1000;
    VG_CHECK(
        engine->Write(OpContext{}, kCollection, WriteMode::kUpsert, Batch(vectors, row, row + 1))
            .ok());
  }
  engine.reset();
  std::filesystem::remove_all(kFolder);
}
BENCHMARK(InsertOne)->ArgName("sync")->Arg(0)->Arg(1);

}  // namespace
}  // namespace vecgate::embedded

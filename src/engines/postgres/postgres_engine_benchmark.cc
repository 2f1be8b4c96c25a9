// engines_postgres_benchmark [--rows N] [--dim D] [--searches S] [--wait]
//
// What the engine costs on a real PostgreSQL that it starts: batches, loads, and searches beside
// the same statement by libpq alone, on the same connection settings, in turn. With --wait it
// prints "ready <DSN> <table>" at the end and stays until its input ends, so that another client
// can be measured on the same rows (bench/peers/psycopg_by_hand.py).
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string_view>

#include "base/rng.h"
#include "engines/postgres/server_fixture.h"
#include "engines/postgres/values.h"

namespace vecgate::postgres {
namespace {

using Clock = std::chrono::steady_clock;

constexpr CollectionId kItems{1};
constexpr CollectionId kPlain{2};  ///< Stays without an index.
constexpr uint32_t kHits = 10;
/// What the engine asks an index for: k and a few more, to see ties.
constexpr uint32_t kAsked = 18;
constexpr size_t kBatchRows = 1000;

struct Options {
  int64_t rows = 100'000;
  uint32_t dim = 384;
  int searches = 2000;
  bool wait = false;
};

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Times of one kind of call, and the processor time of this process within them.
class Timings {
 public:
  template <typename Call>
  void Time(Call&& call) {
    const double processor = ProcessorSeconds();
    const auto begun = Clock::now();
    call();
    us_.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begun).count());
    processor_us_ += 1e6 * (ProcessorSeconds() - processor);
  }
  [[nodiscard]] double Quantile(double share) const {
    std::vector<double> sorted = us_;
    std::sort(sorted.begin(), sorted.end());
    return sorted[std::min(sorted.size() - 1,
                           static_cast<size_t>(share * static_cast<double>(sorted.size())))];
  }
  [[nodiscard]] double Sum() const {
    double out = 0;
    for (const double one : us_) out += one;
    return out;
  }
  [[nodiscard]] double Processor() const { return processor_us_ / static_cast<double>(us_.size()); }
  void Report(std::string_view what) const {
    fmt::print(
        "{:<52} p50 {:>9.0f} µs  p99 {:>9.0f} µs  mean {:>9.0f} µs  client CPU {:>7.0f} µs\n", what,
        Quantile(0.5), Quantile(0.99), Sum() / static_cast<double>(us_.size()), Processor());
  }

 private:
  std::vector<double> us_;
  double processor_us_ = 0;
};

CollectionSchema Schema(uint32_t dim) {
  CollectionSchema schema;
  schema.name = "items";
  schema.fields.resize(3);
  schema.fields[0].name = "id";
  schema.fields[0].type = DataType::kInt64;
  schema.fields[0].is_primary_key = true;
  schema.fields[1].name = "vector";
  schema.fields[1].type = DataType::kFloatVector;
  schema.fields[1].dim = dim;
  schema.fields[2].name = "bucket";
  schema.fields[2].type = DataType::kInt32;
  VG_CHECK(FinishSchema(schema).ok());
  return schema;
}

std::vector<float> UnitVector(Rng& rng, uint32_t dim) {
  std::vector<float> out(dim);
  double square = 0;
  for (float& number : out) {
    number = static_cast<float>(rng.Gaussian());
    square += static_cast<double>(number) * number;
  }
  for (float& number : out) number /= static_cast<float>(std::sqrt(square));
  return out;
}

RowBatch Rows(Rng& rng, const CollectionSchema& schema, int64_t first, size_t count) {
  RowBatch batch = MakeBatch(schema);
  for (size_t i = 0; i < count; ++i) {
    const int64_t id = first + static_cast<int64_t>(i);
    batch.columns[0].Append(id);
    batch.columns[1].AppendVector(UnitVector(rng, schema.fields[1].dim));
    batch.columns[2].Append(id % 100);
  }
  return batch;
}

void Must(const Status& status) {
  if (!status.ok()) fmt::print(stderr, "{}\n", status.error().message);
  VG_CHECK(status.ok());
}

/// One statement, prepared once, its parameter and its answer in binary.
class Libpq {
 public:
  Libpq(const std::string& dsn, const std::string& sql) : connection_(PQconnectdb(dsn.c_str())) {
    VG_CHECK(PQstatus(connection_) == CONNECTION_OK);
    PQclear(PQexec(connection_, "SET hnsw.ef_search = 64"));
    PQclear(PQexec(connection_, "SET hnsw.iterative_scan = strict_order"));
    PGresult* prepared = PQprepare(connection_, "search", sql.c_str(), 1, nullptr);
    if (PQresultStatus(prepared) != PGRES_COMMAND_OK) {
      fmt::print(stderr, "{}\n", PQerrorMessage(connection_));
    }
    VG_CHECK(PQresultStatus(prepared) == PGRES_COMMAND_OK);
    PQclear(prepared);
  }
  ~Libpq() { PQfinish(connection_); }
  Libpq(const Libpq&) = delete;
  Libpq& operator=(const Libpq&) = delete;

  void Search(const std::string& vector) {
    const char* value = vector.data();
    const int length = static_cast<int>(vector.size());
    const int binary = 1;
    PGresult* result = PQexecPrepared(connection_, "search", 1, &value, &length, &binary, 1);
    VG_CHECK(PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) >= 10);
    PQclear(result);
  }

 private:
  PGconn* connection_;
};

class Benchmark {
 public:
  explicit Benchmark(const Options& options)
      : options_(options), schema_(Schema(options.dim)), rng_(1) {
    PostgresOptions engine = TestOptions("bench");
    dsn_ = TestDsn(TestServer().port());
    engine.dsn = Secret<std::string>(dsn_ + " options='-c maintenance_work_mem=4GB'");
    auto opened = PostgresEngine::Open(std::move(engine));
    VG_CHECK(opened.ok());
    engine_ = std::move(*opened);
    Must(engine_->CreateCollection({}, {kItems, schema_}));
    Must(engine_->CreateCollection({}, {kPlain, schema_}));
  }

  void Run() {
    Batches();
    Load();
    Searches();
    fmt::print("ready {}\t\"bench\".\"c_1\"\n", dsn_);
    std::fflush(stdout);
    if (!options_.wait) return;
    std::string line;
    while (std::getline(std::cin, line)) {
    }
  }

 private:
  void Write(CollectionId collection, const RowBatch& batch) {
    const auto written = engine_->Write({}, collection, WriteMode::kUpsert, batch);
    if (!written.ok()) fmt::print(stderr, "{}\n", written.error().message);
    VG_CHECK(written.ok());
  }

  /// Batches without an index: new rows, and the same keys again.
  void Batches() {
    Timings fresh;
    Timings replaced;
    for (int64_t i = 0; i < 30; ++i) {
      const RowBatch batch = Rows(rng_, schema_, i * kBatchRows, kBatchRows);
      fresh.Time([&] { Write(kPlain, batch); });
      replaced.Time([&] { Write(kPlain, batch); });
    }
    fresh.Report("upsert of 1,000 new rows, no index");
    replaced.Report("upsert of 1,000 rows that are there, no index");
  }

  void Load() {
    Timings load;
    for (int64_t first = 0; first < options_.rows; first += 5 * kBatchRows) {
      const RowBatch batch = Rows(rng_, schema_, first, 5 * kBatchRows);
      load.Time([&] { Write(kItems, batch); });
    }
    fmt::print("load without an index, 5,000 rows a batch: {:.0f} rows/s\n",
               static_cast<double>(options_.rows) / (load.Sum() / 1e6));
    Timings build;
    build.Time([&] {
      Must(engine_->CreateIndex({}, kItems,
                                {.field = 1, .type = IndexType::kHnsw, .metric = Metric::kL2}));
    });
    fmt::print("HNSW build of {} rows: {:.1f} s\n", options_.rows, build.Sum() / 1e6);
    Timings indexed;
    for (int64_t i = 0; i < 3; ++i) {
      const int64_t first = options_.rows + i * static_cast<int64_t>(kBatchRows);
      const RowBatch batch = Rows(rng_, schema_, first, kBatchRows);
      indexed.Time([&] { Write(kItems, batch); });
    }
    indexed.Report("upsert of 1,000 new rows into the HNSW index");
    fmt::print("load into the HNSW index: {:.0f} rows/s\n",
               3.0 * static_cast<double>(kBatchRows) / (indexed.Sum() / 1e6));
  }

  void Searches() {
    const std::string vector = fmt::format("$1::vector({})", options_.dim);
    Libpq same(dsn_, fmt::format("SELECT \"id\"::bigint, vector_l2_squared_distance(\"vector\", "
                                 "{0})::real FROM \"bench\".\"c_1\" WHERE true ORDER BY \"vector\" "
                                 "<-> {0} LIMIT {1}",
                                 vector, kAsked));
    Libpq by_hand(dsn_, fmt::format("SELECT id FROM bench.c_1 ORDER BY vector <-> {} LIMIT {}",
                                    vector, kHits));
    Timings engine;
    Timings statement;
    Timings hand;
    SearchRequest request;
    request.field = 1;
    request.metric = Metric::kL2;
    request.k = kHits;
    for (int i = -200; i < options_.searches; ++i) {
      request.queries = FloatVectors(options_.dim, UnitVector(rng_, options_.dim));
      const Parameter parameter = VectorParameter(schema_.fields[1], request.queries, 0);
      Timings warm;
      const auto by_engine = [&] {
        (i < 0 ? warm : engine).Time([&] {
          const auto found = engine_->Search({}, kItems, request);
          VG_CHECK(found.ok() && found->scores.size() == kHits);
        });
      };
      const auto by_statement = [&] {
        (i < 0 ? warm : statement).Time([&] { same.Search(*parameter.value); });
      };
      const auto plainly = [&] {
        (i < 0 ? warm : hand).Time([&] { by_hand.Search(*parameter.value); });
      };
      // Who is first finds the pages cold, and nobody comes twice in a row: its backend would
      // still be awake.
      const std::function<void()> calls[] = {by_engine, by_statement, plainly};
      for (size_t turn = 0; turn < 3; ++turn) calls[(static_cast<size_t>(i + 300) + turn) % 3]();
    }
    engine.Report("search by the engine, k = 10, ef = 64");
    statement.Report("the same statement by libpq, prepared, binary");
    hand.Report("SELECT id … LIMIT 10 by libpq, prepared, binary");
    const double over = engine.Quantile(0.5) - statement.Quantile(0.5);
    fmt::print("the engine over its statement, p50: {:.0f} µs, {:.1f} %\n", over,
               100 * over / statement.Quantile(0.5));
  }

  const Options options_;
  const CollectionSchema schema_;
  Rng rng_;
  std::string dsn_;
  std::unique_ptr<PostgresEngine> engine_;
};

int Main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--wait") {
      options.wait = true;
      continue;
    }
    const int64_t value = i + 1 < argc ? std::strtoll(argv[++i], nullptr, 10) : 0;
    if (name == "--rows") options.rows = value;
    if (name == "--dim") options.dim = static_cast<uint32_t>(value);
    if (name == "--searches") options.searches = static_cast<int>(value);
    if (value <= 0) {
      fmt::print(stderr,
                 "usage: engines_postgres_benchmark [--rows N] [--dim D] [--searches S] "
                 "[--wait]\n");
      return EXIT_FAILURE;
    }
  }
  Benchmark(options).Run();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace vecgate::postgres

int main(int argc, char** argv) { return vecgate::postgres::Main(argc, argv); }

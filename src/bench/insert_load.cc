#include "bench/insert_load.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/rng.h"
#include "bench/process_usage.h"
#include "engines/embedded/embedded_engine.h"

namespace vecgate::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr CollectionId kCollection{1};
enum InsertField : size_t { kId, kVector };

/// Gone again when this ends, whatever happened to it.
class ScratchFolder {
 public:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  ~ScratchFolder() {
    std::error_code ignored;  // What cannot be removed is in a folder that the user named.
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<CollectionSchema> Schema(uint32_t dim) {
  CollectionSchema schema;
  schema.name = "bench";
  FieldSchema id;
  id.name = "id";
  id.type = DataType::kInt64;
  id.is_primary_key = true;
  FieldSchema vector;
  vector.name = "vector";
  vector.type = DataType::kFloatVector;
  vector.dim = dim;
  schema.fields = {std::move(id), std::move(vector)};
  VG_RETURN_IF_ERROR(FinishSchema(schema));
  return schema;
}

class Writers {
 public:
  Writers(embedded::EmbeddedEngine& engine, const CollectionSchema& schema,
          const InsertOptions& options, const InsertPoint& point)
      : engine_(engine),
        schema_(schema),
        options_(options),
        point_(point),
        most_writes_(std::max(1U, options.flags.rows / point.batch)),
        writers_(point.writers) {
    Rng rng(20'260'101);
    pool_.resize(kPoolRows * options.flags.dim);
    for (float& value : pool_) value = static_cast<float>(rng.Gaussian());
  }

  Result<InsertFigures> Run() {
    InsertFigures out{.point = point_, .load_average = LoadAverage()};
    const Stopwatch watch;
    until_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                std::chrono::duration<double>(options_.flags.seconds));
    {
      std::vector<std::jthread> threads;
      for (Writer& writer : writers_) {
        threads.emplace_back([this, &writer] { writer.outcome = Write(writer); });
      }
    }
    out.seconds = watch.WallSeconds();
    out.cpu_s = watch.CpuSecondsUsed();
    std::vector<double> seconds;
    std::vector<double> cpu_seconds;
    for (const Writer& writer : writers_) {
      VG_RETURN_IF_ERROR(writer.outcome);
      seconds.insert(seconds.end(), writer.seconds.begin(), writer.seconds.end());
      cpu_seconds.insert(cpu_seconds.end(), writer.cpu_seconds.begin(), writer.cpu_seconds.end());
    }
    out.writes = seconds.size();
    out.latency = LatencyOf(std::move(seconds));
    out.cpu = LatencyOf(std::move(cpu_seconds));
    VG_ASSIGN_OR_RETURN(const CollectionStats stats, engine_.Stats(OpContext{}, kCollection));
    for (const IndexStats& index : stats.indexes) out.pending_rows += index.pending_rows;
    return out;
  }

 private:
  static constexpr size_t kPoolRows = 4096;

  struct Writer {
    std::vector<double> seconds;      ///< Of each write.
    std::vector<double> cpu_seconds;  ///< Likewise, of this thread.
    Status outcome;
  };

  Status Write(Writer& writer) {
    // Each writer writes at least once.
    do {
      const size_t number = next_.fetch_add(1);
      if (number >= most_writes_) break;
      const RowBatch batch = MakeRows(number);
      const double cpu_before = ThreadCpuSeconds();
      const auto start = Clock::now();
      const auto written = engine_.Write(OpContext{}, kCollection, WriteMode::kInsert, batch);
      const std::chrono::duration<double> took = Clock::now() - start;
      if (!written.ok()) {
        failed_ = true;
        return written.error();
      }
      writer.seconds.push_back(took.count());
      writer.cpu_seconds.push_back(ThreadCpuSeconds() - cpu_before);
    } while (!failed_ && Clock::now() < until_);
    return Ok();
  }

  [[nodiscard]] RowBatch MakeRows(size_t number) const {
    RowBatch batch = MakeBatch(schema_);
    batch.columns[kVector].Reserve(point_.batch);
    const size_t dim = options_.flags.dim;
    for (size_t i = 0; i < point_.batch; ++i) {
      const size_t row = number * point_.batch + i;
      batch.columns[kId].Append(static_cast<int64_t>(row));
      batch.columns[kVector].AppendVector({&pool_[row % kPoolRows * dim], dim});
    }
    return batch;
  }

  embedded::EmbeddedEngine& engine_;
  const CollectionSchema& schema_;
  const InsertOptions& options_;
  const InsertPoint point_;
  const size_t most_writes_;
  std::vector<float> pool_;
  std::vector<Writer> writers_;
  Clock::time_point until_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
};

}  // namespace

Result<InsertFigures> RunInsertLoad(const InsertOptions& options, const InsertPoint& point) {
  const ScratchFolder folder(fmt::format("{}/{}-{}-{}", options.flags.store,
                                         DurabilityName(point.durability), point.writers,
                                         point.batch));
  if (std::filesystem::exists(folder.path())) {
    return AlreadyExists(
        fmt::format("'{}' exists: --store wants a new or empty folder", folder.path()));
  }
  VG_ASSIGN_OR_RETURN(const CollectionSchema schema, Schema(options.flags.dim));
  VG_ASSIGN_OR_RETURN(
      const auto engine,
      embedded::EmbeddedEngine::Open({.directory = folder.path(), .durability = point.durability}));
  VG_RETURN_IF_ERROR(engine->CreateCollection(OpContext{}, {kCollection, schema}));
  VG_RETURN_IF_ERROR(engine->CreateIndex(
      OpContext{}, kCollection,
      {.field = kVector, .type = options.index, .metric = Metric::kCosine, .params = {}}));
  auto figures = Writers(*engine, schema, options, point).Run();
  const Status closed = engine->Close();
  if (figures.ok() && !closed.ok()) return closed.error();
  return figures;
}

}  // namespace vecgate::bench

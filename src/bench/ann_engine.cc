#include "bench/ann_engine.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>

#include "bench/process_usage.h"
#include "filter/filter.h"

namespace vecgate::bench {
namespace {

constexpr CollectionId kCollection{1};
constexpr size_t kBatchRows = 1000;
enum BenchField : size_t { kId, kVector, kBucket };

FieldSchema Field(std::string name, DataType type) {
  FieldSchema out;
  out.name = std::move(name);
  out.type = type;
  out.is_primary_key = out.name == "id";
  return out;
}

}  // namespace

Result<std::unique_ptr<embedded::EmbeddedEngine>> AnnEngine::Open(const AnnOptions& options) {
  const size_t threads =
      options.flags.build_threads != 0 ? options.flags.build_threads : options.cores;
  return embedded::EmbeddedEngine::Open(
      {.directory = options.flags.store, .builder_threads = threads});
}

Result<std::unique_ptr<AnnEngine>> AnnEngine::Create(const AnnOptions& options,
                                                     const AnnData& data) {
  VG_ASSIGN_OR_RETURN(auto engine, Open(options));
  std::unique_ptr<AnnEngine> out(new AnnEngine(options, data, std::move(engine)));
  VG_RETURN_IF_ERROR(out->CreateCollection());
  return out;
}

Status AnnEngine::CreateCollection() {
  schema_.name = "bench";
  FieldSchema vector = Field("vector", DataType::kFloatVector);
  vector.dim = static_cast<uint32_t>(data_.base.columns());
  schema_.fields = {Field("id", DataType::kInt64), std::move(vector)};
  if (!data_.buckets.empty()) schema_.fields.push_back(Field("bucket", DataType::kInt32));
  VG_RETURN_IF_ERROR(FinishSchema(schema_));
  if (!data_.buckets.empty()) {
    VG_ASSIGN_OR_RETURN(filter_, filter::Compile(options_.FilterText(), schema_));
  }
  Status created = engine_->CreateCollection(OpContext{}, {kCollection, schema_});
  if (created.ok() || created.error().code != Code::kAlreadyExists) return created;
  return AlreadyExists(
      fmt::format("--store '{}' holds rows already: an empty or new folder is "
                  "wanted",
                  options_.flags.store));
}

// Spread evenly over the rows.
bool AnnEngine::IsReplaced(size_t row) const {
  const double share = options_.flags.replace;
  return std::floor(static_cast<double>(row + 1) * share) >
         std::floor(static_cast<double>(row) * share);
}

RowBatch AnnEngine::MakeRows(size_t begin, size_t end, RowKind kind) const {
  RowBatch batch = MakeBatch(schema_);
  batch.columns[kVector].Reserve(end - begin);
  const size_t rows = data_.base.rows();
  for (size_t row = begin; row < end; ++row) {
    const bool replaced = IsReplaced(row);
    if (kind == RowKind::kReplacing && !replaced) continue;
    const bool own = kind == RowKind::kReplacing || !replaced;
    batch.columns[kId].Append(static_cast<int64_t>(row));
    batch.columns[kVector].AppendVector(data_.base.RowSpan(own ? row : (row + rows / 2) % rows));
    if (!data_.buckets.empty()) {
      batch.columns[kBucket].Append(static_cast<int64_t>(data_.buckets[row]));
    }
  }
  return batch;
}

Status AnnEngine::Insert(BuildFigures& figures) {
  const Stopwatch watch;
  for (size_t at = 0; at < data_.base.rows(); at += kBatchRows) {
    const size_t end = std::min(data_.base.rows(), at + kBatchRows);
    VG_RETURN_IF_ERROR(engine_->Write(OpContext{}, kCollection, WriteMode::kInsert,
                                      MakeRows(at, end, RowKind::kFirst)));
    figures.memory_peak_mb = std::max(figures.memory_peak_mb, CurrentMemory().anon_mb);
  }
  figures.insert_s = watch.WallSeconds();
  figures.insert_cpu_s = watch.CpuSecondsUsed();
  return Ok();
}

Status AnnEngine::BuildIndex(BuildFigures& figures) {
  const Stopwatch watch;
  IndexSpec index = options_.index;
  index.field = kVector;
  VG_RETURN_IF_ERROR(engine_->CreateIndex(OpContext{}, kCollection, index));
  VG_RETURN_IF_ERROR(engine_->WaitUntilIndexed(OpContext{}));
  figures.build_s = watch.WallSeconds();
  figures.build_cpu_s = watch.CpuSecondsUsed();
  return Ok();
}

Status AnnEngine::Replace(BuildFigures& figures) {
  for (size_t at = 0; at < data_.base.rows(); at += kBatchRows) {
    const size_t end = std::min(data_.base.rows(), at + kBatchRows);
    VG_RETURN_IF_ERROR(engine_->Write(OpContext{}, kCollection, WriteMode::kUpsert,
                                      MakeRows(at, end, RowKind::kReplacing)));
    figures.memory_peak_mb = std::max(figures.memory_peak_mb, CurrentMemory().anon_mb);
  }
  return engine_->WaitUntilIndexed(OpContext{});
}

Status AnnEngine::Rebuild() {
  VG_RETURN_IF_ERROR(engine_->RebuildIndexes(OpContext{}, kCollection));
  return engine_->WaitUntilIndexed(OpContext{});
}

Status AnnEngine::Reopen(BuildFigures& figures) {
  ReopenFigures& out = figures.reopen.emplace();
  // What is asked is made before the clock starts.
  VG_ASSIGN_OR_RETURN(const SearchRequest first, MakeRequest(options_.sweep.front(), 0, 1));
  const Stopwatch closing;
  VG_RETURN_IF_ERROR(engine_->Flush(OpContext{}, kCollection));
  VG_RETURN_IF_ERROR(engine_->Close());
  engine_.reset();
  out.close_s = closing.WallSeconds();
  // What a new process would not have: the heap that inserting and building left behind.
  ::malloc_trim(0);
  const Stopwatch watch;
  VG_ASSIGN_OR_RETURN(engine_, Open(options_));
  out.open_s = watch.WallSeconds();
  VG_RETURN_IF_ERROR(Search(first));
  out.first_search_s = watch.WallSeconds();
  VG_RETURN_IF_ERROR(engine_->WaitUntilIndexed(OpContext{}));
  out.indexed_s = watch.WallSeconds();
  out.cpu_s = watch.CpuSecondsUsed();
  return Ok();
}

Status AnnEngine::CountMemory(BuildFigures& figures) const {
  VG_ASSIGN_OR_RETURN(const CollectionStats stats, engine_->Stats(OpContext{}, kCollection));
  figures.memory = stats.memory;
  return Ok();
}

Result<SearchRequest> AnnEngine::MakeRequest(uint32_t value, size_t begin, size_t end) const {
  SearchRequest request;
  request.field = kVector;
  request.metric = options_.metric;
  request.k = options_.flags.k;
  request.selection.filter = filter_;
  request.queries = Column(DataType::kFloatVector, static_cast<uint32_t>(data_.query.columns()));
  request.queries.Reserve(end - begin);
  for (size_t q = begin; q < end; ++q) request.queries.AppendVector(data_.query.RowSpan(q));
  if (options_.sweep_kind == SweepKind::kEf) request.ef = value;
  if (options_.sweep_kind == SweepKind::kNprobe) request.nprobe = value;
  return request;
}

Result<SearchResult> AnnEngine::Search(const SearchRequest& request) const {
  return engine_->Search(OpContext{}, kCollection, request);
}

}  // namespace vecgate::bench

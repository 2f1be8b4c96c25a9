#include "bench/db_collection.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/pause.h"
#include "bench/process_usage.h"

namespace vecgate::bench {
namespace {

using milvus_client::MilvusClient;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kPollInterval = std::chrono::milliseconds(50);
constexpr auto kProgressInterval = std::chrono::seconds(2);
// Small enough that a second of paced inserts is no single burst.
constexpr size_t kPacedBatchesPerSecond = 10;

struct Seen {
  bool is_done = false;
  std::string progress;  ///< "12000 of 60000 rows"
};

/// Looks again and again until it is done. kDeadlineExceeded after `timeout_s`.
template <typename Look>
Status Await(const std::string& what, uint32_t timeout_s, const DbProgress& progress, Look look) {
  const auto end = SteadyClock::now() + std::chrono::seconds(timeout_s);
  auto tell = SteadyClock::now() + kProgressInterval;
  while (true) {
    VG_ASSIGN_OR_RETURN(const Seen seen, look());
    if (seen.is_done) return Ok();
    if (SteadyClock::now() >= end) {
      return DeadlineExceeded(
          fmt::format("{}: not finished after {} s ({}); --timeout-s sets the "
                      "longest wait",
                      what, timeout_s, seen.progress));
    }
    if (SteadyClock::now() >= tell) {
      progress(fmt::format("{}: {}", what, seen.progress));
      tell += kProgressInterval;
    }
    Pause(kPollInterval);
  }
}

}  // namespace

Status DbCollection::CheckName(const DbOptions& options, MilvusClient& client) {
  if (options.flags.drop) return Ok();
  const std::string& name = options.flags.collection;
  VG_ASSIGN_OR_RETURN(const bool exists, client.HasCollection(name));
  if (!exists) return Ok();
  return AlreadyExists(
      fmt::format("{}: the collection '{}' exists already and is left alone; choose another name "
                  "with --collection, or let --drop delete it",
                  options.flags.uri, name),
      Subject::kCollection);
}

DbCollection::DbCollection(const DbOptions& options, const AnnData& data,
                           const Connections& connections, const DbProgress& progress)
    : options_(options),
      data_(data),
      connections_(connections),
      progress_(progress),
      shape_{.name = options.flags.collection,
             .dim = static_cast<uint32_t>(data.base.columns()),
             .has_bucket = !data.buckets.empty()} {}

Result<std::unique_ptr<DbCollection>> DbCollection::Create(const DbOptions& options,
                                                           const AnnData& data,
                                                           const Connections& connections,
                                                           const DbProgress& progress) {
  std::unique_ptr<DbCollection> out(new DbCollection(options, data, connections, progress));
  MilvusClient& client = *connections.front();
  if (options.flags.drop) {
    VG_ASSIGN_OR_RETURN(const bool exists, client.HasCollection(out->shape_.name));
    if (exists) VG_RETURN_IF_ERROR(client.DropCollection(out->shape_.name));
  }
  VG_RETURN_IF_ERROR(client.CreateCollection(out->shape_));
  return out;
}

Result<FillFigures> DbCollection::Fill() {
  FillFigures out;
  VG_ASSIGN_OR_RETURN(out.insert, InsertBase());
  const Stopwatch flushing;
  VG_RETURN_IF_ERROR(AwaitFlushed());
  out.flush_s = flushing.WallSeconds();
  const Stopwatch indexing;
  VG_RETURN_IF_ERROR(AwaitIndexed());
  out.index_s = indexing.WallSeconds();
  const Stopwatch loading;
  VG_RETURN_IF_ERROR(AwaitLoaded());
  out.load_s = loading.WallSeconds();
  return out;
}

Result<InsertFigures> DbCollection::InsertBase() const {
  const size_t rows = data_.base.rows();
  const size_t batch = options_.flags.batch;
  const size_t clients = options_.flags.insert_clients;
  std::vector<std::vector<double>> seconds(clients);
  std::vector<Status> outcomes(clients);
  std::atomic<size_t> next{0};
  const auto work = [&](size_t client) {
    for (size_t at = next.fetch_add(batch); at < rows; at = next.fetch_add(batch)) {
      const Stopwatch watch;
      outcomes[client] = InsertRows(*connections_[client], at, std::min(rows, at + batch));
      if (!outcomes[client].ok()) next = rows;
      seconds[client].push_back(watch.WallSeconds());
    }
  };
  const Stopwatch watch;
  {
    std::vector<std::jthread> workers;
    for (size_t client = 0; client < clients; ++client) workers.emplace_back(work, client);
  }
  InsertFigures out{.rows = rows, .seconds = watch.WallSeconds()};
  for (const Status& outcome : outcomes) VG_RETURN_IF_ERROR(outcome);
  for (size_t client = 1; client < clients; ++client) {
    seconds[0].insert(seconds[0].end(), seconds[client].begin(), seconds[client].end());
  }
  out.latency = LatencyOf(std::move(seconds[0]));
  return out;
}

Status DbCollection::InsertRows(MilvusClient& client, size_t begin, size_t end) const {
  std::vector<int64_t> keys;
  std::vector<int64_t> buckets;
  std::vector<float> vectors;
  vectors.reserve((end - begin) * shape_.dim);
  for (size_t key = begin; key < end; ++key) {
    const size_t row = key % data_.base.rows();
    keys.push_back(static_cast<int64_t>(key));
    if (shape_.has_bucket) buckets.push_back(data_.buckets[row]);
    const auto vector = data_.base.RowSpan(row);
    vectors.insert(vectors.end(), vector.begin(), vector.end());
  }
  return client.Insert(shape_, {.keys = keys, .buckets = buckets, .vectors = vectors});
}

Result<InsertFigures> DbCollection::InsertPaced(MilvusClient& client,
                                                const std::stop_token& stop) const {
  const size_t rate = options_.flags.mixed;
  const size_t batch = std::max<size_t>(1, rate / kPacedBatchesPerSecond);
  const std::chrono::duration<double> interval(static_cast<double>(batch) /
                                               static_cast<double>(rate));
  InsertFigures out;
  std::vector<double> seconds;
  std::mutex mutex;
  std::condition_variable_any stopped;
  const Stopwatch running;
  auto next = SteadyClock::now();
  while (!stop.stop_requested()) {
    const size_t begin = data_.base.rows() + out.rows;
    const Stopwatch watch;
    VG_RETURN_IF_ERROR(InsertRows(client, begin, begin + batch));
    seconds.push_back(watch.WallSeconds());
    out.rows += batch;
    next += std::chrono::duration_cast<SteadyClock::duration>(interval);
    std::unique_lock lock(mutex);
    stopped.wait_until(lock, stop, next, [] { return false; });
  }
  out.seconds = running.WallSeconds();
  out.latency = LatencyOf(std::move(seconds));
  return out;
}

Status DbCollection::AwaitFlushed() const {
  MilvusClient& client = *connections_.front();
  VG_ASSIGN_OR_RETURN(const auto ticket, client.Flush(shape_.name));
  return Await("flush", options_.flags.timeout_s, progress_, [&]() -> Result<Seen> {
    VG_ASSIGN_OR_RETURN(const bool flushed, client.IsFlushed(shape_.name, ticket));
    return Seen{flushed, fmt::format("{} segments", ticket.segments.size())};
  });
}

Status DbCollection::AwaitIndexed() const {
  MilvusClient& client = *connections_.front();
  VG_RETURN_IF_ERROR(
      client.CreateIndex(shape_.name, {.type = std::string(IndexTypeName(options_.index.type)),
                                       .metric = options_.metric,
                                       .params = options_.index.params}));
  VG_ASSIGN_OR_RETURN(const uint64_t timestamp, client.Timestamp());
  return Await("index", options_.flags.timeout_s, progress_, [&]() -> Result<Seen> {
    VG_ASSIGN_OR_RETURN(const auto seen, client.DescribeIndex(shape_.name, timestamp));
    return Seen{seen.is_finished && seen.pending_rows == 0,
                fmt::format("{} of {} rows", seen.indexed_rows, seen.total_rows)};
  });
}

Status DbCollection::AwaitLoaded() const {
  MilvusClient& client = *connections_.front();
  VG_RETURN_IF_ERROR(client.Load(shape_.name));
  return Await("load", options_.flags.timeout_s, progress_, [&]() -> Result<Seen> {
    VG_ASSIGN_OR_RETURN(const int64_t percent, client.LoadProgress(shape_.name));
    return Seen{percent >= 100, fmt::format("{} %", percent)};
  });
}

Status DbCollection::Drop() { return connections_.front()->DropCollection(shape_.name); }

milvus_client::SearchPlan DbCollection::PlanOf(uint32_t value) const {
  milvus_client::SearchPlan out{.collection = shape_.name,
                                .metric = options_.metric,
                                .k = options_.flags.k,
                                .filter = options_.FilterText()};
  if (options_.sweep_kind != SweepKind::kNone) {
    out.params = nlohmann::json{{SweepKindName(options_.sweep_kind), value}}.dump();
  }
  return out;
}

}  // namespace vecgate::bench

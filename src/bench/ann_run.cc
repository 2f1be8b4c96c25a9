#include "bench/ann_run.h"

#include <algorithm>
#include <thread>

#include "bench/latency.h"
#include "bench/process_usage.h"

namespace vecgate::bench {
namespace {

/// Each request by a thread of its own, the last by the calling one.
Result<std::vector<SearchResult>> SearchAtOnce(const AnnEngine& engine,
                                               const std::vector<SearchRequest>& requests) {
  std::vector<Result<SearchResult>> answers(requests.size());
  {
    std::vector<std::jthread> searchers;
    for (size_t i = 0; i + 1 < requests.size(); ++i) {
      searchers.emplace_back([&, i] { answers[i] = engine.Search(requests[i]); });
    }
    answers.back() = engine.Search(requests.back());
  }
  std::vector<SearchResult> out;
  for (Result<SearchResult>& answer : answers) {
    VG_ASSIGN_OR_RETURN(SearchResult result, std::move(answer));
    out.push_back(std::move(result));
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<AnnRun>> AnnRun::Prepare(AnnOptions options) {
  VG_ASSIGN_OR_RETURN(AnnData data, LoadAnnData(options.flags, options));
  return std::unique_ptr<AnnRun>(new AnnRun(std::move(options), std::move(data)));
}

AnnRun::AnnRun(AnnOptions options, AnnData data)
    : options_(std::move(options)),
      data_(std::move(data)),
      judge_(data_.Judged(options_.metric), data_.truth) {}

Result<BuildFigures> AnnRun::Build() {
  VG_ASSIGN_OR_RETURN(engine_, AnnEngine::Create(options_, data_));
  // A sweep that cannot be asked for is refused now, and not after an hour of building.
  VG_RETURN_IF_ERROR(engine_->MakeRequest(options_.sweep.front(), 0, 1));
  BuildFigures figures;
  figures.load_average = LoadAverage();
  const double before_mb = CurrentMemory().anon_mb;
  VG_RETURN_IF_ERROR(engine_->Insert(figures));
  VG_RETURN_IF_ERROR(Beside([&] { return engine_->BuildIndex(figures); }, figures.beside));
  if (options_.flags.replace > 0) {
    VG_ASSIGN_OR_RETURN(figures.replace, Upkeep([&] { return engine_->Replace(figures); }));
  }
  if (options_.flags.rebuild) {
    VG_ASSIGN_OR_RETURN(figures.rebuild, Upkeep([&] { return engine_->Rebuild(); }));
  }
  if (options_.flags.reopen) VG_RETURN_IF_ERROR(engine_->Reopen(figures));
  const double built_mb = CurrentMemory().anon_mb;
  figures.memory_growth_mb = built_mb - before_mb;
  figures.memory_peak_mb = std::max(figures.memory_peak_mb, built_mb);
  VG_RETURN_IF_ERROR(engine_->CountMemory(figures));
  return figures;
}

Result<UpkeepFigures> AnnRun::Upkeep(const std::function<Status()>& work) const {
  UpkeepFigures out;
  VG_ASSIGN_OR_RETURN(out.seconds, Beside(work, out.beside));
  return out;
}

Result<double> AnnRun::Beside(const std::function<Status()>& work,
                              std::optional<BesideFigures>& beside) const {
  const Stopwatch watch;
  double seconds = 0;
  Status searched;
  {
    std::jthread searcher;
    if (options_.flags.search_while_building) {
      searcher =
          std::jthread([this, &searched, &out = beside.emplace()](const std::stop_token& stop) {
            searched = SearchBeside(stop, out);
          });
    }
    VG_RETURN_IF_ERROR(work());
    seconds = watch.WallSeconds();
  }
  VG_RETURN_IF_ERROR(searched);
  return seconds;
}

Status AnnRun::SearchBeside(const std::stop_token& stop, BesideFigures& out) const {
  const size_t queries = data_.query.rows();
  std::vector<double> seconds;
  size_t found = 0;
  do {
    const size_t q = out.queries++ % queries;
    VG_ASSIGN_OR_RETURN(const SearchRequest one,
                        engine_->MakeRequest(options_.sweep.front(), q, q + 1));
    const Stopwatch watch;
    VG_ASSIGN_OR_RETURN(const SearchResult result, engine_->Search(one));
    seconds.push_back(watch.WallSeconds());
    found += judge_.CountHits(q, result.keys.As<int64_t>());
  } while (!stop.stop_requested());
  const Latency latency = LatencyOf(std::move(seconds));
  out.p50_us = 1e6 * latency.p50_s;
  out.p99_us = 1e6 * latency.p99_s;
  if (options_.flags.replace > 0) return Ok();
  out.recall =
      static_cast<double>(found * queries) / static_cast<double>(out.queries * judge_.wanted());
  return Ok();
}

Result<PointFigures> AnnRun::Measure(const PointRequest& request) const {
  PointFigures out{.request = request};
  VG_RETURN_IF_ERROR(MeasureThroughput(request, out));
  if (request.with_latency) VG_RETURN_IF_ERROR(MeasureLatency(request, out));
  out.load_average = LoadAverage();
  const ResidentMemory memory = CurrentMemory();
  out.anon_mb = memory.anon_mb;
  out.file_mb = memory.file_mb;
  return out;
}

Result<std::vector<SearchRequest>> AnnRun::SplitQueries(const PointRequest& request) const {
  const size_t queries = data_.query.rows();
  const size_t threads = std::clamp<size_t>(request.threads, 1, queries);
  std::vector<SearchRequest> out;
  for (size_t t = 0; t < threads; ++t) {
    VG_ASSIGN_OR_RETURN(
        SearchRequest part,
        engine_->MakeRequest(request.value, queries * t / threads, queries * (t + 1) / threads));
    out.push_back(std::move(part));
  }
  return out;
}

Status AnnRun::MeasureThroughput(const PointRequest& request, PointFigures& out) const {
  VG_ASSIGN_OR_RETURN(const auto parts, SplitQueries(request));
  const auto queries = static_cast<double>(data_.query.rows());
  for (uint32_t round = 0; round < std::max(1U, request.rounds); ++round) {
    const Stopwatch watch;
    const auto results = SearchAtOnce(*engine_, parts);
    const double wall = watch.WallSeconds();
    const double cpu = watch.CpuSecondsUsed();
    if (!results.ok()) return results.error();
    out.qps_wall = std::max(out.qps_wall, queries / wall);
    out.qps_cpu = std::max(out.qps_cpu, queries / cpu);
    out.recall = RecallOf(*results);
  }
  return Ok();
}

Status AnnRun::MeasureLatency(const PointRequest& request, PointFigures& out) const {
  std::vector<double> seconds;
  for (size_t q = 0; q < data_.query.rows(); ++q) {
    VG_ASSIGN_OR_RETURN(const SearchRequest one, engine_->MakeRequest(request.value, q, q + 1));
    const Stopwatch watch;
    VG_RETURN_IF_ERROR(engine_->Search(one));
    seconds.push_back(watch.WallSeconds());
  }
  const Latency latency = LatencyOf(std::move(seconds));
  out.p50_us = 1e6 * latency.p50_s;
  out.p99_us = 1e6 * latency.p99_s;
  return Ok();
}

double AnnRun::RecallOf(const std::vector<SearchResult>& results) const {
  size_t query = 0;
  size_t found = 0;
  for (const SearchResult& result : results) {
    std::span<const int64_t> keys = result.keys.As<int64_t>();
    for (const uint32_t hits : result.hits_per_query) {
      found += judge_.CountHits(query++, keys.first(hits));
      keys = keys.subspan(hits);
    }
  }
  return static_cast<double>(found) / static_cast<double>(judge_.wanted());
}

}  // namespace vecgate::bench

// AnnRun: one data set, one index, and what it does at each point of a sweep.
//
// Throughput is told by the wall and by the processor second: on a shared machine the first is also
// about the neighbours, the second is not. Of several rounds the best counts, since whatever else
// runs can only slow a round down. Requests are made before the clock starts.
//
// Thread safety: one thread at a time. Ownership: owns data and engine.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "bench/ann_data.h"
#include "bench/ann_engine.h"
#include "bench/ann_options.h"
#include "bench/recall.h"

namespace vecgate::bench {

struct PointRequest {
  uint32_t value = 0;  ///< ef or nprobe, by the index type.
  uint32_t threads = 1;
  uint32_t rounds = 1;
  bool with_latency = true;
};

struct PointFigures {
  PointRequest request;
  double recall = 0;
  double qps_wall = 0;
  double qps_cpu = 0;  ///< Queries by a processor second, of all threads together.
  double p50_us = 0;   ///< Of requests of one query, one after another; 0 when not asked for.
  double p99_us = 0;
  double load_average = 0;
  double anon_mb = 0;
  double file_mb = 0;
};

class AnnRun {
 public:
  /// Reads the data and computes what truth is missing; nothing is built yet.
  static Result<std::unique_ptr<AnnRun>> Prepare(AnnOptions options);

  [[nodiscard]] const AnnOptions& options() const { return options_; }
  [[nodiscard]] const AnnData& data() const { return data_; }
  Result<BuildFigures> Build();
  /// REQUIRES: Build succeeded.
  [[nodiscard]] Result<PointFigures> Measure(const PointRequest& request) const;

 private:
  AnnRun(AnnOptions options, AnnData data);

  /// Does `work` with searches beside it, when those were asked for; returns its wall seconds.
  Result<double> Beside(const std::function<Status()>& work,
                        std::optional<BesideFigures>& beside) const;
  Result<UpkeepFigures> Upkeep(const std::function<Status()>& work) const;
  /// Searches until `stop` is asked for, and at least once.
  Status SearchBeside(const std::stop_token& stop, BesideFigures& out) const;
  /// All queries as one request a thread.
  [[nodiscard]] Result<std::vector<SearchRequest>> SplitQueries(const PointRequest& request) const;
  Status MeasureThroughput(const PointRequest& request, PointFigures& out) const;
  Status MeasureLatency(const PointRequest& request, PointFigures& out) const;
  [[nodiscard]] double RecallOf(const std::vector<SearchResult>& results) const;

  AnnOptions options_;
  AnnData data_;
  RecallJudge judge_;
  std::unique_ptr<AnnEngine> engine_;
};

}  // namespace vecgate::bench

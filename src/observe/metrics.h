// Metrics: counters and histograms for Prometheus, and the one list of their names (metrics.cc).
//
// Labels take few values each: methods, routes, codes; never names that clients choose without
// bound. Thread safety: any thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace vecgate {

class Metrics {
 public:
  Metrics();
  ~Metrics();

  /// One gRPC call of the Milvus API.
  void CountRpc(std::string_view method, Code outcome, std::chrono::nanoseconds took);
  /// One HTTP request. `route` is the route's pattern.
  void CountHttp(std::string_view method, std::string_view route, int status,
                 std::chrono::nanoseconds took);

  /// A value that is read when somebody asks for the metrics.
  struct Gauge {
    std::string name;
    std::string help;
    /// Label of each value → value; a gauge without labels gives {"", value}.
    std::function<std::vector<std::pair<std::map<std::string, std::string>, double>>()> read;
  };
  /// The gauge is read until Metrics goes; what `read` borrows must live as long.
  void AddGauge(Gauge gauge);

  /// Prometheus' text format.
  [[nodiscard]] std::string Text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace vecgate

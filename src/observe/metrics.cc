#include "observe/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

namespace vecgate {
namespace {

using Labels = std::map<std::string, std::string>;

// Every name that vecgate exports, beside the gauges that the application adds.
constexpr const char* kRpcTotal = "vecgate_rpc_total";
constexpr const char* kRpcSeconds = "vecgate_rpc_duration_seconds";
constexpr const char* kHttpTotal = "vecgate_http_requests_total";
constexpr const char* kHttpSeconds = "vecgate_http_request_duration_seconds";

/// From 50 µs, a search in memory, to 10 s, a large batch.
const prometheus::Histogram::BucketBoundaries& Buckets() {
  static const prometheus::Histogram::BucketBoundaries buckets = {
      0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
      0.05,    0.1,    0.25,    0.5,    1,     2.5,    5,     10};
  return buckets;
}

double Seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

prometheus::MetricFamily Read(const Metrics::Gauge& gauge) {
  prometheus::MetricFamily family;
  family.name = gauge.name;
  family.help = gauge.help;
  family.type = prometheus::MetricType::Gauge;
  for (const auto& [labels, value] : gauge.read()) {
    prometheus::ClientMetric metric;
    for (const auto& [name, label] : labels) metric.label.push_back({name, label});
    metric.gauge.value = value;
    family.metric.push_back(std::move(metric));
  }
  return family;
}

}  // namespace

struct Metrics::Families {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& rpc_total =
      prometheus::BuildCounter()
          .Name(kRpcTotal)
          .Help("Calls of the Milvus API by method and outcome.")
          .Register(registry);
  prometheus::Family<prometheus::Histogram>& rpc_seconds =
      prometheus::BuildHistogram()
          .Name(kRpcSeconds)
          .Help("Duration of calls of the Milvus API.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& http_total =
      prometheus::BuildCounter()
          .Name(kHttpTotal)
          .Help("HTTP requests by method, route and status.")
          .Register(registry);
  prometheus::Family<prometheus::Histogram>& http_seconds = prometheus::BuildHistogram()
                                                                .Name(kHttpSeconds)
                                                                .Help("Duration of HTTP requests.")
                                                                .Register(registry);
  std::mutex mutex;
  std::vector<Gauge> gauges;  // Guarded by mutex.
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::CountRpc(std::string_view method, Code outcome, std::chrono::nanoseconds took) {
  const std::string name(method);
  families_->rpc_total.Add({{"method", name}, {"code", std::string(CodeName(outcome))}})
      .Increment();
  families_->rpc_seconds.Add({{"method", name}}, Buckets()).Observe(Seconds(took));
}

void Metrics::CountHttp(std::string_view method, std::string_view route, int status,
                        std::chrono::nanoseconds took) {
  const Labels where = {{"method", std::string(method)}, {"route", std::string(route)}};
  Labels outcome = where;
  outcome["status"] = std::to_string(status);
  families_->http_total.Add(outcome).Increment();
  families_->http_seconds.Add(where, Buckets()).Observe(Seconds(took));
}

void Metrics::AddGauge(Gauge gauge) {
  const std::lock_guard lock(families_->mutex);
  families_->gauges.push_back(std::move(gauge));
}

std::string Metrics::Text() const {
  std::vector<prometheus::MetricFamily> all = families_->registry.Collect();
  {
    const std::lock_guard lock(families_->mutex);
    for (const Gauge& gauge : families_->gauges) all.push_back(Read(gauge));
  }
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace vecgate

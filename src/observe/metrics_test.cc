// The metrics page in Prometheus' text format.
#include "observe/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace vecgate {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST(MetricsTest, CountsCallsByMethodAndOutcomeAndTheirDuration) {
  Metrics metrics;
  metrics.CountRpc("Search", Code::kOk, milliseconds(3));
  metrics.CountRpc("Search", Code::kOk, milliseconds(30));
  metrics.CountRpc("Search", Code::kNotFound, milliseconds(1));
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("# TYPE vecgate_rpc_total counter"));
  EXPECT_THAT(text, HasSubstr("vecgate_rpc_total{code=\"OK\",method=\"Search\"} 2"));
  EXPECT_THAT(text, HasSubstr("vecgate_rpc_total{code=\"NOT_FOUND\",method=\"Search\"} 1"));
  EXPECT_THAT(text, HasSubstr("vecgate_rpc_duration_seconds_count{method=\"Search\"} 3"));
  EXPECT_THAT(text,
              HasSubstr("vecgate_rpc_duration_seconds_bucket{method=\"Search\",le=\"0.005\"} 2"));
}

TEST(MetricsTest, CountsHttpByRouteAndStatus) {
  Metrics metrics;
  metrics.CountHttp("GET", "/v1/documents/{id}", 404, milliseconds(2));
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("vecgate_http_requests_total{method=\"GET\",route=\"/v1/documents/"
                              "{id}\",status=\"404\"} 1"));
  EXPECT_THAT(text, HasSubstr("vecgate_http_request_duration_seconds_count{"));
}

TEST(MetricsTest, GaugesAreReadWhenAsked) {
  Metrics metrics;
  double value = 1;
  metrics.AddGauge({"vecgate_rows", "Rows.", [&] {
                      return std::vector<std::pair<std::map<std::string, std::string>, double>>{
                          {{{"collection", "a\"b\n"}}, value}, {{}, 7}};
                    }});
  value = 42;
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("# HELP vecgate_rows Rows."));
  EXPECT_THAT(text, HasSubstr("vecgate_rows{collection=\"a\\\"b\\n\"} 42"));
  EXPECT_THAT(text, HasSubstr("\nvecgate_rows 7"));
}

TEST(MetricsTest, CountsFromManyThreads) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 250; ++i) metrics.CountRpc("Query", Code::kOk, milliseconds(1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics.Text(), HasSubstr("vecgate_rpc_total{code=\"OK\",method=\"Query\"} 1000"));
}

}  // namespace
}  // namespace vecgate

#include "bench/latency.h"

#include <algorithm>

namespace vecgate::bench {
namespace {

double Percentile(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

Latency LatencyOf(std::vector<double> seconds) {
  if (seconds.empty()) return {};
  std::sort(seconds.begin(), seconds.end());
  return {Percentile(seconds, 0.5), Percentile(seconds, 0.99), Percentile(seconds, 0.999),
          seconds.back()};
}

}  // namespace vecgate::bench

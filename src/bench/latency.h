// How long calls took, as a few numbers.
//
// Thread safety: pure functions.
#pragma once

#include <vector>

namespace vecgate::bench {

struct Latency {
  double p50_s = 0;
  double p99_s = 0;
  double p999_s = 0;
  double most_s = 0;
};

/// Of one duration a call, in seconds; zeros when there was no call.
Latency LatencyOf(std::vector<double> seconds);

}  // namespace vecgate::bench

// How long calls took, as two numbers.
//
// Thread safety: pure functions.
#pragma once

#include <vector>

namespace vecgate::bench {

struct Latency {
  double p50_s = 0;
  double p99_s = 0;
};

/// Of one duration a call, in seconds; zeros when there was no call.
Latency LatencyOf(std::vector<double> seconds);

}  // namespace vecgate::bench

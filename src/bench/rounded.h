// Figures as they are printed: digits beyond what a machine repeats are noise.
//
// Thread safety: pure functions.
#pragma once

#include <cmath>

namespace vecgate::bench {

inline double Rounded(double value, int digits) {
  const double scale = std::pow(10, digits);
  return std::round(value * scale) / scale;
}

}  // namespace vecgate::bench

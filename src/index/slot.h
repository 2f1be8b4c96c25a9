// Slot: the dense number of one row version inside one collection, and a scored slot.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace vecgate::index {

using Slot = uint32_t;

/// A slot and its distance from a query: smaller is nearer, whatever the metric.
struct Neighbor {
  float distance = 0;
  Slot slot = 0;

  /// Nearest first; equal distances by slot, so that every order is total and repeatable.
  friend bool operator<(const Neighbor& a, const Neighbor& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.slot < b.slot;
  }
  friend bool operator==(const Neighbor& a, const Neighbor& b) = default;
};

/// The distance with NaN, which overflows give, as infinitely far: so that every order is total.
inline float Ordered(float distance) {
  return std::isnan(distance) ? std::numeric_limits<float>::infinity() : distance;
}

}  // namespace vecgate::index

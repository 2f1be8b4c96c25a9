// WalkPlan: which codes the searches of a graph read, how many candidates they keep of them, and
// from how many nodes they begin.
//
// Coarse codes are the fastest to read as long as they tell neighbours apart; where many vectors
// lie equally near, a walk on them finds too little at any width that would still be fast. And a
// walk that begins at one node may never leave that node's corner of a large graph whose vectors
// lie in tight clusters. So a graph measures on its own nodes what its plan has to be, and `ef`
// means the same on any data.
#pragma once

#include <cstdint>

namespace vecgate::index {

/// Aligned to its size, so that it can be read and replaced as one atomic word.
struct alignas(8) WalkPlan {
  /// A walk reads coarse codes and keeps this many times `ef` candidates; 0: it reads fine codes.
  float widening = 0;
  /// A scan reads coarse codes and keeps this many candidates for each hit; 0: it reads fine codes.
  uint16_t scan_factor = 0;
  /// A walk begins from as many nodes of level 1 as `ef` holds this number; 0: from one.
  uint16_t ef_per_entry = 0;

  friend bool operator==(const WalkPlan&, const WalkPlan&) = default;
};

}  // namespace vecgate::index

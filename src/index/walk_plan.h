// WalkPlan: which codes the searches of a graph read, and how many candidates they keep of them.
//
// Coarse codes are the fastest to read as long as they tell neighbours apart; where many vectors
// lie equally near, a walk on them finds too little at any width that would still be fast. So a
// graph can measure on its own nodes what its plan has to be, and `ef` means the same on any data.
#pragma once

namespace vecgate::index {

/// Aligned to its size, so that it can be read and replaced as one atomic word.
struct alignas(8) WalkPlan {
  /// A walk reads coarse codes and keeps this many times `ef` candidates; 0: it reads fine codes.
  float widening = 0;
  /// A scan reads coarse codes and keeps this many candidates for each hit; 0: it reads fine codes.
  float scan_factor = 0;

  friend bool operator==(const WalkPlan&, const WalkPlan&) = default;
};

}  // namespace vecgate::index

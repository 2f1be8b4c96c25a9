// Working through rows of memory in small batches, each fetched while the one before it is
// compared.
#pragma once

#include <algorithm>
#include <cstddef>

namespace vecgate::index {

/// Rows compared at once: enough for several loads to be under way, few enough to stay in cache.
inline constexpr size_t kRowsAtOnce = 4;

/// Calls visit(at, n) for consecutive batches [at, at + n) of [0, count), n <= kRowsAtOnce, after
/// fetch(i) was called for each i of the batch and of the next one.
template <typename Fetch, typename Visit>
void FetchAhead(size_t count, Fetch&& fetch, Visit&& visit) {
  for (size_t i = 0; i < std::min(count, kRowsAtOnce); ++i) fetch(i);
  for (size_t at = 0; at < count; at += kRowsAtOnce) {
    for (size_t i = at + kRowsAtOnce; i < std::min(count, at + 2 * kRowsAtOnce); ++i) fetch(i);
    visit(at, std::min(kRowsAtOnce, count - at));
  }
}

}  // namespace vecgate::index

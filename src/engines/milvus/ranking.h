// Ranking: which of the hits that were found are the answer, and whether it is sure.
//
// Thread safety: functions of their arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/requests.h"

namespace vecgate::milvus_engine {

struct Hit {
  float score = 0;
  PrimaryKey key;
  uint32_t row = 0;   ///< Where its fields are.
  std::string group;  ///< The group's value as bytes, with group_by.
};

/// Range and cursor.
bool IsWanted(const SearchRequest& request, float score, const PrimaryKey& key);

/// Whether hits of this score and worse ones are all beyond the far border of the range.
bool IsBeyondRange(const SearchRequest& request, float score);

/// Sorts the hits and leaves the page of them that is asked for. `border`: hits that were not found
/// are no better than this; absent: all were found. False when the page may lack some that were
/// not found; the hits are then sorted and all there.
bool CutToPage(const SearchRequest& request, const std::optional<float>& border,
               std::vector<Hit>& hits);

/// Hits to ask for at first.
uint64_t HitsToAsk(const SearchRequest& request, bool has_residual, bool is_approximate);

}  // namespace vecgate::milvus_engine

#include "engines/milvus/ranking.h"

#include <algorithm>
#include <map>

#include "engines/milvus/scorer.h"

namespace vecgate::milvus_engine {
namespace {

/// Hits beyond those wanted, to see ties at the border.
constexpr uint64_t kBeyond = 8;
/// Where some of what is found is left away.
constexpr uint64_t kSpare = 4;

uint64_t LastOf(const SearchRequest& request) { return uint64_t{request.offset} + request.k; }

/// Keeps the best `group_size` hits of groups `offset` to `offset + k`, groups counted in the order
/// of their best hits. Whether each of these groups is there and full.
bool CutToGroups(const SearchRequest& request, std::vector<Hit>& hits) {
  struct Group {
    uint64_t position;
    uint32_t hits;
  };
  std::map<std::string, Group> groups;
  std::vector<Hit> kept;
  uint64_t full = 0;
  for (const Hit& hit : hits) {
    Group& group = groups.try_emplace(hit.group, Group{groups.size(), 0}).first->second;
    const bool on_page = group.position >= request.offset && group.position < LastOf(request);
    if (!on_page || group.hits == request.group_by->group_size) continue;
    if (++group.hits == request.group_by->group_size) ++full;
    kept.push_back(hit);
  }
  hits = std::move(kept);
  return full == request.k;
}

}  // namespace

bool IsWanted(const SearchRequest& request, float score, const PrimaryKey& key) {
  if (IsBeyondRange(request, score)) return false;
  if (request.range_filter && IsBetter(request.metric, score, *request.range_filter)) return false;
  const auto& after = request.after;
  return !after || Precedes(request.metric, after->score, after->key, score, key);
}

bool IsBeyondRange(const SearchRequest& request, float score) {
  return request.radius && !IsBetter(request.metric, score, *request.radius);
}

bool CutToPage(const SearchRequest& request, const std::optional<float>& border,
               std::vector<Hit>& hits) {
  std::sort(hits.begin(), hits.end(), [&](const Hit& a, const Hit& b) {
    return Precedes(request.metric, a.score, a.key, b.score, b.key);
  });
  const bool all_found = !border || IsBeyondRange(request, *border);
  std::vector<Hit> sure = hits;
  if (!all_found) {
    while (!sure.empty() && !IsBetter(request.metric, sure.back().score, *border)) sure.pop_back();
  }
  if (request.group_by) {
    if (!CutToGroups(request, sure) && !all_found) return false;
    hits = std::move(sure);
    return true;
  }
  if (sure.size() < LastOf(request) && !all_found) return false;
  const size_t end = std::min<size_t>(LastOf(request), sure.size());
  const size_t begin = std::min<size_t>(request.offset, end);
  hits.assign(sure.begin() + static_cast<std::ptrdiff_t>(begin),
              sure.begin() + static_cast<std::ptrdiff_t>(end));
  return true;
}

uint64_t HitsToAsk(const SearchRequest& request, bool has_residual, bool is_approximate) {
  uint64_t wanted = LastOf(request);
  if (request.group_by) wanted *= request.group_by->group_size;
  const bool spare =
      has_residual || is_approximate || request.group_by || request.after || request.range_filter;
  return (spare ? wanted * kSpare : wanted) + kBeyond;
}

}  // namespace vecgate::milvus_engine

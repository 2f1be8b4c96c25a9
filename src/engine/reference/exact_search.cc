#include "engine/reference/exact_search.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <string>

#include "base/bytes.h"
#include "engine/check_search.h"

namespace vecgate::reference {
namespace {

constexpr size_t kRowsBetweenChecks = 1024;

struct Hit {
  float score;
  PrimaryKey key;
  uint32_t row;
};

bool Precedes(Metric metric, float score_a, const PrimaryKey& a, float score_b,
              const PrimaryKey& b) {
  if (score_a != score_b) return IsBetter(metric, score_a, score_b);
  return a < b;
}

bool InRange(const SearchRequest& request, float score) {
  if (!LargerIsBetter(request.metric)) {
    if (request.radius && !(score < *request.radius)) return false;
    return !request.range_filter || score >= *request.range_filter;
  }
  if (request.radius && !(score > *request.radius)) return false;
  return !request.range_filter || score <= *request.range_filter;
}

bool IsWanted(const SearchRequest& request, float score, const PrimaryKey& key) {
  if (!InRange(request, score)) return false;
  const auto& after = request.after;
  return !after || Precedes(request.metric, after->score, after->key, score, key);
}

/// All hits of one query, best first.
Result<std::vector<Hit>> RankAll(const OpContext& context, const Table& table,
                                 const SearchRequest& request, size_t query) {
  std::vector<Hit> hits;
  const Column& vectors = table.column(request.field);
  std::vector<float> query_scratch;
  std::vector<float> scratch;
  const auto score_of = [&](size_t row) {
    if (vectors.type() == DataType::kBinaryVector) {
      return BitScore(request.metric, request.queries.VectorBytesAt(query),
                      vectors.VectorBytesAt(row));
    }
    return Score(request.metric, request.queries.NumbersAt(query, query_scratch),
                 vectors.NumbersAt(row, scratch));
  };
  size_t seen = 0;
  for (const auto& [key, row] : table.rows()) {
    if (seen++ % kRowsBetweenChecks == 0) VG_RETURN_IF_ERROR(context.Check());
    if (!table.Selects(request.selection, row)) continue;
    const float score = score_of(row);
    if (IsWanted(request, score, key)) hits.push_back({score, key, row});
  }
  std::sort(hits.begin(), hits.end(), [&](const Hit& a, const Hit& b) {
    return Precedes(request.metric, a.score, a.key, b.score, b.key);
  });
  return hits;
}

void CutToPage(const SearchRequest& request, std::vector<Hit>& hits) {
  const size_t begin = std::min<size_t>(request.offset, hits.size());
  const size_t end = std::min<size_t>(begin + request.k, hits.size());
  hits = std::vector<Hit>(hits.begin() + static_cast<std::ptrdiff_t>(begin),
                          hits.begin() + static_cast<std::ptrdiff_t>(end));
}

/// Keeps the best `group_size` hits of groups `offset` to `offset + k`, groups counted in the order
/// of their best hits. Hits stay best first. Nulls are one group.
void CutToGroups(const SearchRequest& request, const Table& table, std::vector<Hit>& hits) {
  const Column& column = table.column(request.group_by->field);
  struct Group {
    size_t position;
    uint32_t hits;
  };
  std::map<std::string, Group> groups;
  std::vector<Hit> out;
  for (const Hit& hit : hits) {
    ByteWriter value;
    column.EncodeRow(hit.row, value);
    Group& group = groups.try_emplace(value.Take(), Group{groups.size(), 0}).first->second;
    const bool on_page =
        group.position >= request.offset && group.position - request.offset < request.k;
    if (on_page && group.hits < request.group_by->group_size) {
      ++group.hits;
      out.push_back(hit);
    }
  }
  hits = std::move(out);
}

void AppendHits(const std::vector<Hit>& hits, const Table& table, const SearchRequest& request,
                SearchResult& out) {
  const Column& keys = table.column(table.schema().PrimaryKeyIndex());
  out.hits_per_query.push_back(static_cast<uint32_t>(hits.size()));
  for (const Hit& hit : hits) {
    out.scores.push_back(hit.score);
    out.keys.AppendFrom(keys, hit.row);
    for (size_t i = 0; i < out.columns.size(); ++i) {
      out.columns[i].AppendFrom(table.column(request.output_fields[i]), hit.row);
    }
    if (out.groups) out.groups->AppendFrom(table.column(request.group_by->field), hit.row);
  }
}

}  // namespace

float Score(Metric metric, std::span<const float> a, std::span<const float> b) {
  double product = 0;
  double squared_distance = 0;
  double norm_a = 0;
  double norm_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = a[i];
    const double y = b[i];
    product += x * y;
    squared_distance += (x - y) * (x - y);
    norm_a += x * x;
    norm_b += y * y;
  }
  if (metric == Metric::kL2) return static_cast<float>(squared_distance);
  if (metric == Metric::kInnerProduct) return static_cast<float>(product);
  const double norms = std::sqrt(norm_a) * std::sqrt(norm_b);
  return norms == 0 ? 0.0F : static_cast<float>(product / norms);
}

float BitScore(Metric metric, std::string_view a, std::string_view b) {
  size_t differing = 0;
  size_t common = 0;
  size_t either = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<uint8_t>(a[i]);
    const auto y = static_cast<uint8_t>(b[i]);
    differing += static_cast<size_t>(std::popcount(static_cast<uint8_t>(x ^ y)));
    common += static_cast<size_t>(std::popcount(static_cast<uint8_t>(x & y)));
    either += static_cast<size_t>(std::popcount(static_cast<uint8_t>(x | y)));
  }
  if (metric == Metric::kHamming) return static_cast<float>(differing);
  if (either == 0) return 0;
  return static_cast<float>(1 - static_cast<double>(common) / static_cast<double>(either));
}

Result<SearchResult> ExactSearch(const OpContext& context, const Table& table,
                                 const SearchRequest& request) {
  VG_RETURN_IF_ERROR(CheckSearch(table.schema(), request));
  SearchResult out;
  out.keys = table.column(table.schema().PrimaryKeyIndex()).EmptyLike();
  for (const size_t field : request.output_fields) {
    out.columns.push_back(table.column(field).EmptyLike());
  }
  if (request.group_by) out.groups = table.column(request.group_by->field).EmptyLike();
  for (size_t query = 0; query < request.queries.num_rows(); ++query) {
    VG_ASSIGN_OR_RETURN(std::vector<Hit> hits, RankAll(context, table, request, query));
    if (request.group_by) {
      CutToGroups(request, table, hits);
    } else {
      CutToPage(request, hits);
    }
    AppendHits(hits, table, request, out);
  }
  return out;
}

}  // namespace vecgate::reference

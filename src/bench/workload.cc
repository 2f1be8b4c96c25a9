#include "bench/workload.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <thread>

namespace vecgate::bench {
namespace {

constexpr uint32_t kMostSweepValue = 65'536;
constexpr uint32_t kBuckets = 1000;

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(separator, at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

Result<std::map<std::string, std::string>> ParseParams(const std::string& text) {
  std::map<std::string, std::string> out;
  if (text.empty()) return out;
  for (const std::string_view item : Split(text, ',')) {
    const size_t equals = item.find('=');
    if (equals == 0 || equals == std::string_view::npos || equals + 1 == item.size()) {
      return BadFlag("params", text,
                     "name=value pairs with commas between, as M=16,efConstruction=200");
    }
    out[std::string(item.substr(0, equals))] = item.substr(equals + 1);
  }
  return out;
}

Result<FilterPlan> ParseFilter(const std::string& text) {
  if (text == "none") return FilterPlan{};
  FilterPlan out;
  const size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  const std::string share_text = colon == std::string::npos ? "" : text.substr(colon + 1);
  double share = 0;
  const char* last = share_text.data() + share_text.size();
  const auto [end, failed] = std::from_chars(share_text.data(), last, share);
  const bool in_range = failed == std::errc() && end == last && share >= 0.001 && share <= 1;
  if (!in_range || (kind != "random" && kind != "correlated")) {
    return BadFlag("filter", text,
                   "none, random:SHARE or correlated:SHARE with a share from 0.001 to 1");
  }
  out.kind = kind == "random" ? FilterPlan::Kind::kRandom : FilterPlan::Kind::kCorrelated;
  out.buckets = static_cast<uint32_t>(std::lround(share * kBuckets));
  return out;
}

}  // namespace

Error BadFlag(std::string_view flag, std::string_view value, std::string_view allowed) {
  return InvalidArgument(fmt::format("--{} '{}' is not allowed: {}", flag, value, allowed));
}

Result<IndexType> ParseVectorIndex(const std::string& name) {
  const auto type = IndexTypeFromName(name);
  if (!name.empty() && type && !IsScalarIndex(*type) && *type != IndexType::kSparseInverted &&
      *type != IndexType::kBinFlat) {
    return *type;
  }
  return BadFlag("index", name, "an index type of float vectors, such as AUTOINDEX, FLAT or HNSW");
}

Result<std::vector<uint32_t>> ParseNumbers(std::string_view flag, const std::string& text,
                                           uint32_t most) {
  std::vector<uint32_t> out;
  for (const std::string_view item : Split(text, ',')) {
    uint32_t value = 0;
    const auto [end, failed] = std::from_chars(item.data(), item.data() + item.size(), value);
    if (failed != std::errc() || end != item.data() + item.size() || value == 0 || value > most) {
      return BadFlag(flag, text, fmt::format("numbers from 1 to {} with commas between", most));
    }
    out.push_back(value);
  }
  return out;
}

std::string_view SweepKindName(SweepKind kind) {
  switch (kind) {
    case SweepKind::kNone: return "none";
    case SweepKind::kEf: return "ef";
    case SweepKind::kNprobe: return "nprobe";
  }
  return "";
}

SweepKind SweepKindOf(IndexType type) {
  const std::string_view name = IndexTypeName(type);
  if (name.starts_with("IVF")) return SweepKind::kNprobe;
  return type == IndexType::kFlat ? SweepKind::kNone : SweepKind::kEf;
}

std::string Workload::FilterText() const {
  if (filter.kind == FilterPlan::Kind::kNone) return "";
  return fmt::format("bucket < {}", filter.buckets);
}

Result<Workload> ParseWorkload(const WorkloadFlags& flags) {
  Workload out;
  const auto metric = MetricFromName(flags.metric);
  const auto metrics = MetricsOf(DataType::kFloatVector);
  if (!metric || std::find(metrics.begin(), metrics.end(), *metric) == metrics.end()) {
    return BadFlag("metric", flags.metric, "one of L2, IP, COSINE");
  }
  out.metric = *metric;
  VG_ASSIGN_OR_RETURN(const IndexType type, ParseVectorIndex(flags.index));
  VG_ASSIGN_OR_RETURN(auto params, ParseParams(flags.params));
  out.index = {.type = type, .metric = out.metric, .params = std::move(params)};
  out.sweep_kind = SweepKindOf(type);
  VG_ASSIGN_OR_RETURN(out.sweep, ParseNumbers("sweep", flags.sweep, kMostSweepValue));
  // An exact scan has nothing to vary: one point tells all.
  if (out.sweep_kind == SweepKind::kNone) out.sweep = {0};
  VG_ASSIGN_OR_RETURN(out.filter, ParseFilter(flags.filter));
  out.cores = std::max(1U, std::thread::hardware_concurrency());
  return out;
}

}  // namespace vecgate::bench

// What every `vecgate bench` of an index is told: the data, the index, what to sweep, and which
// rows a search may find. Flags as typed, and what they mean.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/requests.h"

namespace vecgate::bench {

/// As typed; each named as its flag.
struct WorkloadFlags {
  std::string base;
  std::string query;
  std::string gt;  ///< Empty: computed.
  std::string metric;
  std::string index;
  std::string params;  ///< "M=16,efConstruction=200"
  std::string sweep = "16,32,64,128,256,512";
  std::string filter = "none";  ///< "none", "random:SHARE", "correlated:SHARE"
  uint32_t k = 10;
  bool json = false;
};

/// What the numbers of a sweep set: nothing for FLAT, SearchRequest::ef, or the lists to probe.
enum class SweepKind { kNone, kEf, kNprobe };
std::string_view SweepKindName(SweepKind kind);
/// By the type's name: FLAT has none, IVF… has nprobe, what is left is a graph's.
SweepKind SweepKindOf(IndexType type);

/// Which rows a search may find, by the attribute `bucket`, 0 to 999.
struct FilterPlan {
  /// kRandom: buckets are dealt at random; kCorrelated: rows near one random row have the low
  /// buckets, so that what matches lies together and most queries lie elsewhere.
  enum class Kind { kNone, kRandom, kCorrelated } kind = Kind::kNone;
  uint32_t buckets = 1000;  ///< Buckets below this match.
};

struct Workload {
  Metric metric = Metric::kCosine;
  IndexSpec index;
  SweepKind sweep_kind = SweepKind::kEf;
  std::vector<uint32_t> sweep;
  FilterPlan filter;
  size_t cores = 1;

  /// The filter as an expression over the rows' fields; "" when every row may be found.
  [[nodiscard]] std::string FilterText() const;
};

/// kInvalidArgument names the flag, its value and what is allowed.
Result<Workload> ParseWorkload(const WorkloadFlags& flags);

/// A type that float vectors have; kInvalidArgument for any other.
Result<IndexType> ParseVectorIndex(const std::string& name);
/// --flag 'value' is not allowed: …
Error BadFlag(std::string_view flag, std::string_view value, std::string_view allowed);
/// "16,32": numbers from 1 to `most` with commas between.
Result<std::vector<uint32_t>> ParseNumbers(std::string_view flag, const std::string& text,
                                           uint32_t most);

}  // namespace vecgate::bench

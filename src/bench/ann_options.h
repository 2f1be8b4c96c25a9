// What `vecgate bench ann` is told: flags as typed, and what they mean.
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
struct AnnFlags {
  std::string base;
  std::string query;
  std::string gt;  ///< Empty: computed.
  std::string metric;
  std::string index;
  std::string params;  ///< "M=16,efConstruction=200"
  std::string sweep = "16,32,64,128,256,512";
  std::string filter = "none";  ///< "none", "random:SHARE", "correlated:SHARE"
  std::string store;            ///< Folder of the rows; empty: rows are kept in memory too.
  uint32_t k = 10;
  uint32_t threads = 1;
  uint32_t build_threads = 0;  ///< 0: all cores.
  uint32_t rounds = 3;
  bool json = false;
  bool interactive = false;
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

struct AnnOptions {
  AnnFlags flags;
  Metric metric = Metric::kCosine;
  IndexSpec index;
  SweepKind sweep_kind = SweepKind::kEf;
  std::vector<uint32_t> sweep;
  FilterPlan filter;
  size_t cores = 1;
};

/// kInvalidArgument names the flag, its value and what is allowed.
Result<AnnOptions> ParseAnnFlags(const AnnFlags& flags);

}  // namespace vecgate::bench

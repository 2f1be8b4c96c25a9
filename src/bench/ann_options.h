// What `vecgate bench ann` is told beside its workload.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <string>

#include "bench/workload.h"

namespace vecgate::bench {

/// As typed; each named as its flag.
struct AnnFlags : WorkloadFlags {
  std::string store;  ///< Folder of the rows; empty: rows are kept in memory too.
  uint32_t threads = 1;
  uint32_t build_threads = 0;  ///< 0: all cores.
  uint32_t rounds = 3;
  bool interactive = false;
  /// Share of the rows that are first inserted with another row's vector and replaced by their own
  /// once the index stands.
  double replace = 0;
  bool rebuild = false;  ///< Once built, the index is built anew, as `vecgate index rebuild` does.
  /// Beside building, replacing and rebuilding, one thread searches at the sweep's first value.
  bool search_while_building = false;
  /// Once built, the engine is closed and opened again, and the sweep is measured on that.
  bool reopen = false;
};

struct AnnOptions : Workload {
  AnnFlags flags;
};

/// kInvalidArgument names the flag, its value and what is allowed.
Result<AnnOptions> ParseAnnFlags(const AnnFlags& flags);

}  // namespace vecgate::bench

// What `vecgate bench codes` does from start to end, with its output as lines.
//
// Thread safety: one thread at a time.
#pragma once

#include "bench/ann_session.h"
#include "bench/workload.h"

namespace vecgate::bench {

/// As typed; each named as its flag. Of a workload: base, query, gt, metric, k and json.
struct CodesFlags : WorkloadFlags {
  std::string codes = "all";
  uint32_t rerank = 100;
};

/// One line for each quantizer. kInvalidArgument names a flag that does not fit.
Status RunCodesSession(const CodesFlags& flags, const LineSink& print);

}  // namespace vecgate::bench

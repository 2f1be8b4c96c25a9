#include "bench/ann_options.h"

namespace vecgate::bench {

Result<AnnOptions> ParseAnnFlags(const AnnFlags& flags) {
  VG_ASSIGN_OR_RETURN(Workload workload, ParseWorkload(flags));
  return AnnOptions{std::move(workload), flags};
}

}  // namespace vecgate::bench

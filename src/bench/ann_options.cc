#include "bench/ann_options.h"

namespace vecgate::bench {

Result<AnnOptions> ParseAnnFlags(const AnnFlags& flags) {
  VG_ASSIGN_OR_RETURN(Workload workload, ParseWorkload(flags));
  if (flags.reopen && flags.store.empty()) {
    return InvalidArgument("--reopen wants --store FOLDER: rows in memory are gone when it closes");
  }
  return AnnOptions{std::move(workload), flags};
}

}  // namespace vecgate::bench

#include "bench/insert_options.h"

#include "bench/workload.h"

namespace vecgate::bench {

using storage::Durability;

std::string_view DurabilityName(Durability durability) {
  return durability == Durability::kSync ? "sync" : "async";
}

Result<InsertOptions> ParseInsertFlags(const InsertFlags& flags) {
  constexpr uint32_t kMostWriters = 1024;
  constexpr uint32_t kMostBatch = 10'000;
  InsertOptions out{.flags = flags};
  VG_ASSIGN_OR_RETURN(out.index, ParseVectorIndex(flags.index));
  VG_ASSIGN_OR_RETURN(out.writers, ParseNumbers("writers", flags.writers, kMostWriters));
  VG_ASSIGN_OR_RETURN(out.batches, ParseNumbers("batch", flags.batches, kMostBatch));
  if (flags.durability == "sync,async" || flags.durability == "sync") {
    out.durabilities.push_back(Durability::kSync);
  }
  if (flags.durability == "sync,async" || flags.durability == "async") {
    out.durabilities.push_back(Durability::kAsync);
  }
  if (out.durabilities.empty()) {
    return BadFlag("durability", flags.durability, "sync, async, or sync,async");
  }
  return out;
}

}  // namespace vecgate::bench

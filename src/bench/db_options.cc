#include "bench/db_options.h"

namespace vecgate::bench {
namespace {

constexpr uint32_t kMostClients = 1024;

}  // namespace

Result<DbOptions> ParseDbFlags(const DbFlags& flags) {
  VG_ASSIGN_OR_RETURN(Workload workload, ParseWorkload(flags));
  DbOptions out{std::move(workload), flags, {}};
  VG_ASSIGN_OR_RETURN(out.clients, ParseNumbers("clients", flags.clients, kMostClients));
  return out;
}

}  // namespace vecgate::bench

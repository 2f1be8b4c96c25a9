// What `vecgate bench db` is told beside its workload.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/workload.h"

namespace vecgate::bench {

/// As typed; each named as its flag.
struct DbFlags : WorkloadFlags {
  std::string uri = "http://127.0.0.1:19530";
  std::string token;
  std::string ca_file;  ///< PEM; empty: whom the system trusts.
  std::string collection = "vecgate_bench";
  std::string clients = "1,4";  ///< Numbers of clients that search at once.
  uint32_t insert_clients = 1;
  uint32_t batch = 1000;      ///< Rows of one Insert.
  double seconds = 5;         ///< Of searching, for each point.
  uint32_t mixed = 0;         ///< Rows to insert a second while searching; 0: no such load.
  uint32_t timeout_s = 3600;  ///< Longest wait for flush, index and load, each.
  int server_pid = 0;         ///< 0: not known, so nothing is told of the server's processor time.
  bool drop = false;
};

struct DbOptions : Workload {
  DbFlags flags;
  std::vector<uint32_t> clients;
};

/// kInvalidArgument names the flag, its value and what is allowed.
Result<DbOptions> ParseDbFlags(const DbFlags& flags);

}  // namespace vecgate::bench

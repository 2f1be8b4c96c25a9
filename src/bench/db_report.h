// Figures of `vecgate bench db` as text: a table for people, one JSON object a line for programs.
//
// Thread safety: pure functions. Lines end without a newline.
#pragma once

#include <optional>
#include <string>

#include "bench/db_collection.h"
#include "bench/process_usage.h"

namespace vecgate::bench {

/// Of the server's process, where --server-pid names it.
struct ServerUse {
  double cpu_s = 0;
  ResidentMemory memory;  ///< Afterwards.
};

struct LoadedFigures {
  std::string server_version;
  FillFigures fill;
  double client_cpu_s = 0;
  std::optional<ServerUse> server;
};

struct DbPointFigures {
  uint32_t value = 0;
  uint32_t clients = 1;
  std::optional<double> recall;  ///< Not judged while rows are inserted.
  double qps = 0;
  Latency latency;
  double client_cpu_us = 0;  ///< A search.
  std::optional<double> server_cpu_us;
};

struct MixedFigures {
  DbPointFigures search;
  InsertFigures insert;
};

std::string LoadedJson(const DbOptions& options, const AnnData& data, const LoadedFigures& figures);
/// {"event":"point", …}
std::string DbPointJson(SweepKind kind, const DbPointFigures& figures);
/// {"event":"mixed", …}: a point, and the inserts beside it.
std::string MixedJson(SweepKind kind, const MixedFigures& figures);

std::string LoadedText(const DbOptions& options, const AnnData& data, const LoadedFigures& figures);
std::string DbTableHead(SweepKind kind);
std::string DbTableRow(const DbPointFigures& figures);
std::string MixedText(const MixedFigures& figures);

}  // namespace vecgate::bench

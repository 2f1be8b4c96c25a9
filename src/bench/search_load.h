// Searches of several clients at once, each with a connection of its own that waits for one answer
// before it asks the next question.
//
// Thread safety: threads begin and end within a call.
#pragma once

#include "bench/db_collection.h"

namespace vecgate::bench {

struct SearchLoad {
  milvus_client::SearchPlan search;
  size_t clients = 1;
  /// Goes on for this long, and until every query was asked once if recall is wanted.
  double seconds = 5;
  bool asks_every_query = true;
};

struct SearchLoadFigures {
  double seconds = 0;
  size_t searches = 0;
  Latency latency;
  double client_cpu_s = 0;  ///< Of this process.
  /// The first answer to each query; empty where it was not asked.
  std::vector<std::vector<int64_t>> answers;
};

/// Asks the queries in turn, from the first again after the last. The first error ends it.
/// REQUIRES: as many connections as clients.
Result<SearchLoadFigures> RunSearchLoad(const Connections& connections, const VectorFile& queries,
                                        const SearchLoad& load);

}  // namespace vecgate::bench

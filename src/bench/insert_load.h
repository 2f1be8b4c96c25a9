// InsertLoad: threads that write into one collection of an embedded engine, each waiting for its
// acknowledgement before it writes again, while the index is built beside them.
//
// Vectors are random; keys are new. Batches are made before each clock starts, so a latency is that
// of Engine::Write alone.
//
// Thread safety: threads begin and end within a call.
#pragma once

#include "bench/insert_options.h"
#include "bench/latency.h"

namespace vecgate::bench {

struct InsertPoint {
  storage::Durability durability = storage::Durability::kSync;
  uint32_t writers = 1;
  uint32_t batch = 1;  ///< Rows of a write.
};

struct InsertFigures {
  InsertPoint point;
  size_t writes = 0;
  double seconds = 0;
  double cpu_s = 0;  ///< Of writers and builders.
  Latency latency;
  /// Processor time of the thread that waited, a write: what a latency would be with nobody else on
  /// the machine, but for the disk and for commits that another writer made.
  Latency cpu;
  double load_average = 0;    ///< Before the first write.
  uint64_t pending_rows = 0;  ///< That the index lacked when the last write was acknowledged.
};

/// Writes into a new folder below options.flags.store and removes it. The first error ends it.
Result<InsertFigures> RunInsertLoad(const InsertOptions& options, const InsertPoint& point);

}  // namespace vecgate::bench

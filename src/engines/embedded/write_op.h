// WriteOp: one write on its way through a collection's commit queue. For collection*.cc only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engines/embedded/collection.h"

namespace vecgate::embedded {

struct Collection::WriteOp : Committable {
  /// Rows to put: `kept` of `batch`, whose keys are `keys` and whose encoded rows are `values`.
  /// Without a batch, `keys` are deleted.
  const RowBatch* batch = nullptr;
  std::vector<uint32_t> kept;
  std::vector<PrimaryKey> keys;
  std::vector<std::string> values;
  /// Fills `keys` once all earlier writes are published. Only with `alone`.
  std::function<Status(WriteOp&)> resolve;
  /// In place of all the above: runs while no other write does. Only with `alone`.
  std::function<Status()> exclusive;

  Status status;
  uint64_t sequence = 0;
  uint64_t affected = 0;  // rows that were there before
};

}  // namespace vecgate::embedded

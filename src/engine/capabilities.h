// Capabilities: what an engine can do, as data. A deviation from the contract is a field here with
// its own conformance test, never a footnote.
#pragma once

#include <string>
#include <vector>

#include "model/schema.h"
#include "model/types.h"

namespace vecgate {

struct Capabilities {
  std::string engine;  ///< "embedded", "reference", …
  /// Index types that CreateIndex really builds, for vectors of numbers, of bits, and for scalar
  /// fields.
  std::vector<IndexType> vector_indexes;
  std::vector<IndexType> binary_indexes;
  std::vector<IndexType> scalar_indexes;
  std::vector<Metric> metrics;
  bool durable = false;  ///< Acknowledged writes survive kill -9 and power loss.
  /// Its store may be another gateway's too, so collections that this one does not know are left.
  bool shared = false;
  bool index_upkeep = false;  ///< InspectIndex and RebuildIndexes work.
  bool exact_only = false;    ///< Every search is exact, whatever the index.
  /// JSON comes back byte for byte; else as an equal value, perhaps written otherwise.
  bool keeps_json_text = true;
  /// WriteResult::replaced is told; else it is 0.
  bool counts_replaced = true;
  /// Vector fields that a collection may have.
  size_t max_vector_fields = kMaxFields;
  /// A write that a crash of the engine's server cut off was applied whole or not at all; else it
  /// may be there in part, until it is repeated.
  bool whole_after_crash = true;
  /// Texts may hold the character NUL; else a batch that has one is refused.
  bool keeps_nul = true;

  /// Those of the index types above that are for fields of this type. By value, so that what an
  /// engine has just answered may be asked.
  [[nodiscard]] std::vector<IndexType> IndexesOf(DataType type) const {
    if (type == DataType::kBinaryVector) return binary_indexes;
    return IsVector(type) ? vector_indexes : scalar_indexes;
  }
};

}  // namespace vecgate

// Distances of pgvector: what it calls them, and how they become scores of ours.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "model/schema.h"
#include "model/types.h"

namespace vecgate::postgres {

/// pgvector's operator whose order an index has.
std::string_view DistanceOperator(Metric metric);
/// The operator class of an index for this metric on a field of this type: "vector_l2_ops".
std::string OperatorClass(DataType type, Metric metric);

/// A float32 that is smaller for nearer vectors: the score where smaller is better, else its
/// negative. `vector` and `query` are SQL.
std::string DistanceSql(const FieldSchema& field, Metric metric, const std::string& vector,
                        const std::string& query);
inline float ScoreOf(Metric metric, float distance) {
  return LargerIsBetter(metric) ? -distance : distance;
}

}  // namespace vecgate::postgres

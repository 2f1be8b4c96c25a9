// Fields of a collection as the native API writes them:
//
//   {"name": "id", "type": "Int64", "is_primary_key": true}
//   {"name": "vector", "type": "FloatVector", "dim": 384}
//
// Thread safety: pure functions.
#pragma once

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "model/schema.h"

namespace vecgate {

/// kInvalidArgument names what is missing, of another type, or not known. Types are named as in
/// answers, of any case, with or without underscores: "VarChar", "VARCHAR", "FLOAT_VECTOR". What a
/// schema as a whole must be is left to FinishSchema.
Result<FieldSchema> FieldFromJson(const nlohmann::json& json);
/// Only what is set.
nlohmann::json FieldToJson(const FieldSchema& field);

}  // namespace vecgate

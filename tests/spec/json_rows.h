// Schemas and rows as JSON: what a client would send, made into columns, and back.
#pragma once

#include <vector>

#include "base/result.h"
#include "engine/requests.h"
#include "spec_file.h"

namespace vecgate::spec {

/// A finished schema from a `create` payload.
Result<CollectionSchema> SchemaFromSpec(const std::string& name, const Json& spec);

/// Columns of rows given as objects: defaults and nulls filled in, keys that are no fields put into
/// `$meta`, the whole validated.
Result<RowBatch> BatchFromRows(const CollectionSchema& schema, const std::vector<Json>& rows,
                               PartitionId partition);

/// Adds one vector, given as an array of numbers; BINARY_VECTOR as an array of its bytes.
Status AppendVector(const FieldSchema& field, const Json& json, Column& column);

PrimaryKey KeyFromJson(const Json& json);

/// Which columns to ask for, so that `names` (fields, dynamic keys, "*") can be shown.
struct Output {
  std::vector<size_t> fields;
  std::vector<std::string> names;
};
Output OutputOf(const CollectionSchema& schema, const Json& names);
/// One row of an answer: the columns are those of `output.fields`.
Json RowToJson(const CollectionSchema& schema, const Output& output,
               const std::vector<Column>& columns, size_t row);
Json KeyToJson(const Column& keys, size_t row);

}  // namespace vecgate::spec

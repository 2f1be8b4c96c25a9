// Columns between Milvus' FieldData messages and ours.
//
// Thread safety: pure functions.
#pragma once

#include "base/result.h"
#include "model/column.h"
#include "model/schema.h"
#include "schema.pb.h"

namespace vecgate::milvus_wire {

namespace pb = ::milvus::proto;

using FieldsData = google::protobuf::RepeatedPtrField<pb::schema::FieldData>;

/// One column of a message, of `num_rows` rows where it says which are null. Lengths and types are
/// checked as far as reading needs it; values are not. Vectors of halves and signed bytes may come
/// as float32. kInvalidArgument names the field, what is expected and what was found.
Result<Column> ParseColumn(const FieldSchema& field, const pb::schema::FieldData& in,
                           size_t num_rows);
void WriteColumn(const FieldSchema& field, const Column& column, pb::schema::FieldData& out);

Column ParseKeys(const pb::schema::IDs& in);
void WriteKeys(const Column& keys, pb::schema::IDs& out);

}  // namespace vecgate::milvus_wire

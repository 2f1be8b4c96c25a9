// Rows between Milvus' FieldData messages and our columns.
#pragma once

#include "base/result.h"
#include "gateway/batch_completion.h"
#include "gateway/gateway.h"
#include "milvus.pb.h"
#include "model/column.h"

namespace vecgate::milvus_grpc {

namespace pb = ::milvus::proto;

using FieldsData = google::protobuf::RepeatedPtrField<pb::schema::FieldData>;

/// The columns of an Insert or Upsert. Lengths and types are checked here as far as messages need
/// it; values are checked by the gateway.
Result<gateway::PartialBatch> ParseRows(const CollectionSchema& schema, const FieldsData& fields,
                                        size_t num_rows);

/// One column of an answer.
void WriteColumn(const FieldSchema& field, const Column& column, pb::schema::FieldData& out);
void WriteKeys(const Column& keys, pb::schema::IDs& out);

/// {name} → value of a filter's template parameters.
Result<filter::TemplateValues> ParseTemplates(
    const google::protobuf::Map<std::string, pb::schema::TemplateValue>& values);

}  // namespace vecgate::milvus_grpc

// The rows of a request, and the values of a filter's parameters.
#pragma once

#include "base/result.h"
#include "gateway/batch_completion.h"
#include "gateway/gateway.h"
#include "milvus.pb.h"
#include "milvus_wire/rows.h"

namespace vecgate::milvus_grpc {

namespace pb = ::milvus::proto;

/// The columns of an Insert or Upsert. Lengths and types are checked here as far as messages need
/// it; values are checked by the gateway.
Result<gateway::PartialBatch> ParseRows(const CollectionSchema& schema,
                                        const milvus_wire::FieldsData& fields, size_t num_rows);

/// {name} → value of a filter's template parameters.
Result<filter::TemplateValues> ParseTemplates(
    const google::protobuf::Map<std::string, pb::schema::TemplateValue>& values);

}  // namespace vecgate::milvus_grpc

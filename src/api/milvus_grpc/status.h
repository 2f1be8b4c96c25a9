// From our errors to Milvus' Status message: both its new code and its old error_code.
#pragma once

#include "base/error.h"
#include "common.pb.h"

namespace vecgate::milvus_grpc {

namespace pb = ::milvus::proto;

/// Milvus' code for an error, from pkg/util/merr of Milvus 2.5.
int32_t MilvusCode(const Error& error);

/// Writes `error` as Milvus would: code, error_code, reason, detail, retriable.
void SetStatus(const Error& error, pb::common::Status& out);

}  // namespace vecgate::milvus_grpc

// Between our errors and Milvus' Status message: both its new code and its old error_code.
//
// Thread safety: pure functions.
#pragma once

#include "base/result.h"
#include "common.pb.h"

namespace vecgate::milvus_wire {

namespace pb = ::milvus::proto;

/// Milvus' code for an error, from pkg/util/merr of Milvus 2.5.
int32_t MilvusCode(const Error& error);

/// Writes `error` as Milvus would: code, error_code, reason, detail, retriable.
void SetStatus(const Error& error, pb::common::Status& out);

/// What a server answered: OK, or an Error whose code says whether trying again helps and whose
/// message is the server's number and reason. Milvus 2.3 has no number of its own for some answers;
/// those are told by the stable part of their text.
Status StatusOf(const pb::common::Status& status);

}  // namespace vecgate::milvus_wire

// A collection's schema as its description shows it, and the wire's words that the verbs use.
#pragma once

#include <cstdint>

#include "gateway/collection_info.h"
#include "milvus.pb.h"
#include "milvus_wire/schema.h"

namespace vecgate::milvus_grpc {

namespace pb = ::milvus::proto;

using milvus_wire::FromMap;
using milvus_wire::KeyValues;
using milvus_wire::ToMap;

/// Without the hidden `$meta` field, which clients must not see listed.
void WriteSchema(const gateway::CollectionInfo& info, pb::schema::CollectionSchema& out);

/// Hybrid timestamp: Unix milliseconds << 18.
inline uint64_t HybridTime(int64_t unix_ms) { return static_cast<uint64_t>(unix_ms) << 18; }

}  // namespace vecgate::milvus_grpc

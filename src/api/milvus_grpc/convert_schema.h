// Collection schemas between Milvus' messages and ours.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "gateway/collection_info.h"
#include "milvus.pb.h"
#include "model/schema.h"

namespace vecgate::milvus_grpc {

namespace pb = ::milvus::proto;

using KeyValues = google::protobuf::RepeatedPtrField<pb::common::KeyValuePair>;

std::map<std::string, std::string> ToMap(const KeyValues& pairs);
void FromMap(const std::map<std::string, std::string>& map, KeyValues& out);

/// The serialized CollectionSchema of a CreateCollection request.
Result<CollectionSchema> ParseSchema(const std::string& serialized);

/// Without the hidden `$meta` field, which clients must not see listed.
void WriteSchema(const gateway::CollectionInfo& info, pb::schema::CollectionSchema& out);

/// Hybrid timestamp: Unix milliseconds << 18.
inline uint64_t HybridTime(int64_t unix_ms) { return static_cast<uint64_t>(unix_ms) << 18; }

}  // namespace vecgate::milvus_grpc

// Collection schemas between Milvus' messages and ours.
//
// Thread safety: pure functions.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "model/schema.h"
#include "schema.pb.h"

namespace vecgate::milvus_wire {

namespace pb = ::milvus::proto;

using KeyValues = google::protobuf::RepeatedPtrField<pb::common::KeyValuePair>;

std::map<std::string, std::string> ToMap(const KeyValues& pairs);
void FromMap(const std::map<std::string, std::string>& map, KeyValues& out);

Result<FieldSchema> ParseField(const pb::schema::FieldSchema& in);
void WriteField(const FieldSchema& field, pb::schema::FieldSchema& out);

/// Without dynamic fields, as a client declares it: not finished (FinishSchema).
Result<CollectionSchema> ParseSchema(const pb::schema::CollectionSchema& in);
/// The serialized CollectionSchema of a CreateCollection request.
Result<CollectionSchema> ParseSchema(const std::string& serialized);

}  // namespace vecgate::milvus_wire

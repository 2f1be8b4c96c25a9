#include "milvus_client/milvus_client.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "milvus.pb.h"
#include "milvus_client/milvus_channel.h"
#include "milvus_wire/query_vectors.h"

namespace vecgate::milvus_client {
namespace {

namespace pb = ::milvus::proto;
namespace api = ::milvus::proto::milvus;

constexpr const char* kKey = "id";
constexpr const char* kBucket = "bucket";
constexpr const char* kVector = "vector";

using KeyValues = google::protobuf::RepeatedPtrField<pb::common::KeyValuePair>;

void Add(KeyValues& pairs, std::string key, std::string value) {
  auto* pair = pairs.Add();
  pair->set_key(std::move(key));
  pair->set_value(std::move(value));
}

pb::schema::FieldSchema* AddField(pb::schema::CollectionSchema& schema, const char* name,
                                  pb::schema::DataType type) {
  auto* field = schema.add_fields();
  field->set_name(name);
  field->set_data_type(type);
  return field;
}

std::string SchemaBytes(const CollectionShape& shape) {
  pb::schema::CollectionSchema schema;
  schema.set_name(shape.name);
  AddField(schema, kKey, pb::schema::Int64)->set_is_primary_key(true);
  if (shape.has_bucket) AddField(schema, kBucket, pb::schema::Int64);
  Add(*AddField(schema, kVector, pb::schema::FloatVector)->mutable_type_params(), "dim",
      std::to_string(shape.dim));
  return schema.SerializeAsString();
}

pb::schema::FieldData* AddColumn(api::InsertRequest& request, const char* name,
                                 pb::schema::DataType type) {
  auto* column = request.add_fields_data();
  column->set_field_name(name);
  column->set_type(type);
  return column;
}

void AddNumbers(api::InsertRequest& request, const char* name, std::span<const int64_t> values) {
  AddColumn(request, name, pb::schema::Int64)
      ->mutable_scalars()
      ->mutable_long_data()
      ->mutable_data()
      ->Add(values.begin(), values.end());
}

}  // namespace

MilvusClient::MilvusClient(std::unique_ptr<MilvusChannel> channel) : channel_(std::move(channel)) {}
MilvusClient::~MilvusClient() = default;

Result<std::unique_ptr<MilvusClient>> MilvusClient::Connect(const ClientOptions& options) {
  VG_ASSIGN_OR_RETURN(
      auto channel,
      MilvusChannel::Open({.uri = options.uri, .token = options.token, .ca_pem = options.ca_pem}));
  VG_RETURN_IF_ERROR(channel->AwaitConnection(options.connect_timeout));
  std::unique_ptr<MilvusClient> out(new MilvusClient(std::move(channel)));
  VG_RETURN_IF_ERROR(out->Introduce());
  return out;
}

Status MilvusClient::Introduce() {
  api::ConnectRequest request;
  request.mutable_client_info()->set_sdk_type("C++");
  api::ConnectResponse response;
  VG_RETURN_IF_ERROR(channel_->Call(OpContext(), "Connect", request, response));
  if (response.identifier() != 0) channel_->SetIdentifier(std::to_string(response.identifier()));
  server_version_ = response.server_info().build_tags();
  return Ok();
}

Result<bool> MilvusClient::HasCollection(const std::string& name) {
  api::DescribeCollectionRequest request;
  request.set_collection_name(name);
  api::DescribeCollectionResponse response;
  const Status found = channel_->Call(OpContext(), "DescribeCollection", request, response);
  if (found.ok()) return true;
  if (found.error().code == Code::kNotFound) return false;
  return found.error();
}

Status MilvusClient::CreateCollection(const CollectionShape& shape) {
  api::CreateCollectionRequest request;
  request.set_collection_name(shape.name);
  request.set_schema(SchemaBytes(shape));
  request.set_shards_num(1);
  request.set_consistency_level(pb::common::Bounded);
  pb::common::Status response;
  return channel_->Call(OpContext(), "CreateCollection", request, response);
}

Status MilvusClient::DropCollection(const std::string& name) {
  api::DropCollectionRequest request;
  request.set_collection_name(name);
  pb::common::Status response;
  return channel_->Call(OpContext(), "DropCollection", request, response);
}

Status MilvusClient::Insert(const CollectionShape& shape, const Rows& rows) {
  VG_CHECK(rows.vectors.size() == rows.keys.size() * shape.dim);
  VG_CHECK(rows.buckets.size() == (shape.has_bucket ? rows.keys.size() : 0));
  api::InsertRequest request;
  request.set_collection_name(shape.name);
  request.set_num_rows(static_cast<uint32_t>(rows.keys.size()));
  AddNumbers(request, kKey, rows.keys);
  if (shape.has_bucket) AddNumbers(request, kBucket, rows.buckets);
  auto* vectors = AddColumn(request, kVector, pb::schema::FloatVector)->mutable_vectors();
  vectors->set_dim(shape.dim);
  vectors->mutable_float_vector()->mutable_data()->Add(rows.vectors.begin(), rows.vectors.end());
  api::MutationResult response;
  VG_RETURN_IF_ERROR(channel_->Call(OpContext(), "Insert", request, response));
  if (response.insert_cnt() == static_cast<int64_t>(rows.keys.size())) return Ok();
  return Internal(fmt::format("Insert: {} of {} rows were taken, without an error",
                              response.insert_cnt(), rows.keys.size()));
}

Result<FlushTicket> MilvusClient::Flush(const std::string& name) {
  api::FlushRequest request;
  request.add_collection_names(name);
  api::FlushResponse response;
  VG_RETURN_IF_ERROR(channel_->Call(OpContext(), "Flush", request, response));
  FlushTicket out;
  const auto segments = response.coll_segids().find(name);
  if (segments != response.coll_segids().end()) {
    out.segments.assign(segments->second.data().begin(), segments->second.data().end());
  }
  const auto timestamp = response.coll_flush_ts().find(name);
  if (timestamp != response.coll_flush_ts().end()) out.timestamp = timestamp->second;
  return out;
}

Result<bool> MilvusClient::IsFlushed(const std::string& name, const FlushTicket& ticket) {
  api::GetFlushStateRequest request;
  request.set_collection_name(name);
  request.set_flush_ts(ticket.timestamp);
  request.mutable_segmentids()->Add(ticket.segments.begin(), ticket.segments.end());
  api::GetFlushStateResponse response;
  VG_RETURN_IF_ERROR(channel_->Call(OpContext(), "GetFlushState", request, response));
  return response.flushed();
}

Status MilvusClient::CreateIndex(const std::string& name, const IndexPlan& plan) {
  api::CreateIndexRequest request;
  request.set_collection_name(name);
  request.set_field_name(kVector);
  Add(*request.mutable_extra_params(), "index_type", plan.type);
  Add(*request.mutable_extra_params(), "metric_type", std::string(MetricName(plan.metric)));
  Add(*request.mutable_extra_params(), "params", nlohmann::json(plan.params).dump());
  pb::common::Status response;
  return channel_->Call(OpContext(), "CreateIndex", request, response);
}

Result<uint64_t> MilvusClient::Timestamp() {
  api::AllocTimestampResponse response;
  const Status called =
      channel_->Call(OpContext(), "AllocTimestamp", api::AllocTimestampRequest(), response);
  if (!called.ok() && called.error().code != Code::kUnimplemented) return called.error();
  return response.timestamp();
}

Result<IndexProgress> MilvusClient::DescribeIndex(const std::string& name, uint64_t timestamp) {
  api::DescribeIndexRequest request;
  request.set_collection_name(name);
  request.set_timestamp(timestamp);
  api::DescribeIndexResponse response;
  VG_RETURN_IF_ERROR(channel_->Call(OpContext(), "DescribeIndex", request, response));
  for (const api::IndexDescription& index : response.index_descriptions()) {
    if (index.field_name() != kVector) continue;
    if (index.state() == pb::common::Failed) {
      return Internal(fmt::format("DescribeIndex: building the index of '{}' failed: {}", name,
                                  index.index_state_fail_reason()));
    }
    return IndexProgress{.is_finished = index.state() == pb::common::Finished,
                         .indexed_rows = index.indexed_rows(),
                         .total_rows = index.total_rows(),
                         .pending_rows = index.pending_index_rows()};
  }
  return NotFound(fmt::format("DescribeIndex: '{}' has no index of its vectors", name));
}

Status MilvusClient::Load(const std::string& name) {
  api::LoadCollectionRequest request;
  request.set_collection_name(name);
  request.set_replica_number(1);
  pb::common::Status response;
  return channel_->Call(OpContext(), "LoadCollection", request, response);
}

Result<int64_t> MilvusClient::LoadProgress(const std::string& name) {
  api::GetLoadingProgressRequest request;
  request.set_collection_name(name);
  api::GetLoadingProgressResponse response;
  VG_RETURN_IF_ERROR(channel_->Call(OpContext(), "GetLoadingProgress", request, response));
  return response.progress();
}

Result<std::vector<int64_t>> MilvusClient::Search(const SearchPlan& plan,
                                                  std::span<const float> vector) {
  api::SearchRequest request;
  request.set_collection_name(plan.collection);
  request.set_dsl(plan.filter);
  request.set_dsl_type(pb::common::BoolExprV1);
  request.set_nq(1);
  request.set_placeholder_group(milvus_wire::WriteQueryVector(
      DataType::kFloatVector, {reinterpret_cast<const char*>(vector.data()), vector.size_bytes()}));
  auto& params = *request.mutable_search_params();
  Add(params, "anns_field", kVector);
  Add(params, "topk", std::to_string(plan.k));
  Add(params, "params", plan.params);
  Add(params, "metric_type", std::string(MetricName(plan.metric)));
  Add(params, "round_decimal", "-1");
  Add(params, "ignore_growing", "False");
  // As pymilvus says "what the collection was made with".
  request.set_guarantee_timestamp(1);
  request.set_use_default_consistency(true);
  api::SearchResults response;
  VG_RETURN_IF_ERROR(channel_->Call(OpContext(), "Search", request, response));
  const auto& keys = response.results().ids().int_id().data();
  return std::vector<int64_t>(keys.begin(), keys.end());
}

}  // namespace vecgate::milvus_client

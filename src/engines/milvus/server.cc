#include "engines/milvus/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/pause.h"
#include "engines/milvus/server_options.h"
#include "milvus_wire/schema.h"

namespace vecgate::milvus_engine {
namespace {

using milvus_client::MilvusChannel;
using std::chrono::milliseconds;

constexpr milliseconds kFirstLook{5};
constexpr milliseconds kLongestLook{200};
constexpr int kAllLoaded = 100;
/// A health check waits no longer for a connection.
constexpr milliseconds kConnectionWait{1'000};

/// Asks `is_done` until it says so, fails, or the context ends.
template <typename Question>
Status AwaitWithin(const OpContext& context, Question&& is_done) {
  for (milliseconds pause = kFirstLook;; pause = std::min(pause * 2, kLongestLook)) {
    VG_RETURN_IF_ERROR(context.Check());
    const Result<bool> done = is_done();
    if (!done.ok()) return done.error();
    if (*done) return Ok();
    Pause(pause);
  }
}

void Add(milvus_wire::KeyValues& pairs, std::string key, std::string value) {
  auto* pair = pairs.Add();
  pair->set_key(std::move(key));
  pair->set_value(std::move(value));
}

template <typename Request>
void SetFreshness(const Freshness& freshness, Request& request) {
  // Milvus' words for "all", "any" and a time.
  constexpr uint64_t kStrong = 0;
  constexpr uint64_t kEventually = 1;
  switch (freshness.kind) {
    case Freshness::Kind::kAllWrites:
      request.set_guarantee_timestamp(kStrong);
      request.set_consistency_level(pb::common::Strong);
      return;
    case Freshness::Kind::kUpTo:
      request.set_guarantee_timestamp(freshness.timestamp);
      request.set_consistency_level(pb::common::Session);
      return;
    case Freshness::Kind::kWhatIsThere:
      request.set_guarantee_timestamp(kEventually);
      request.set_consistency_level(pb::common::Eventually);
      return;
  }
}

}  // namespace

Result<std::unique_ptr<Server>> Server::Open(const MilvusOptions& options) {
  VG_RETURN_IF_ERROR(CheckOptions(options));
  auto channel = MilvusChannel::Open({.uri = options.uri,
                                      .token = TokenOf(options),
                                      .database = options.database,
                                      .ca_pem = options.ca_pem,
                                      .call_timeout = options.grpc_timeout,
                                      .connections = options.channels});
  if (!channel.ok()) {
    Error error = channel.error();
    error.subject = Subject::kConfig;
    return error;
  }
  return std::unique_ptr<Server>(new Server(std::move(*channel)));
}

Status Server::CheckHealth(const OpContext& context) {
  VG_RETURN_IF_ERROR(context.Check());
  const auto left =
      std::chrono::duration_cast<milliseconds>(context.deadline - std::chrono::steady_clock::now());
  VG_RETURN_IF_ERROR(channel_->AwaitConnection(std::min(kConnectionWait, left)));
  api::CheckHealthResponse response;
  VG_RETURN_IF_ERROR(channel_->Call(context, "CheckHealth", api::CheckHealthRequest(), response));
  if (response.ishealthy()) return Ok();
  std::string reasons;
  for (const std::string& reason : response.reasons()) {
    reasons += (reasons.empty() ? "" : "; ") + reason;
  }
  return Unavailable(fmt::format("{}: Milvus is not well: {}", channel_->options().uri, reasons));
}

Result<std::string> Server::Version(const OpContext& context) {
  api::GetVersionResponse response;
  VG_RETURN_IF_ERROR(
      channel_->CallPatiently(context, "GetVersion", api::GetVersionRequest(), response));
  return response.version();
}

Result<std::vector<std::string>> Server::ListCollections(const OpContext& context) {
  api::ShowCollectionsResponse response;
  VG_RETURN_IF_ERROR(
      channel_->CallPatiently(context, "ShowCollections", api::ShowCollectionsRequest(), response));
  const auto& names = response.collection_names();
  return std::vector<std::string>(names.begin(), names.end());
}

Result<api::DescribeCollectionResponse> Server::Describe(const OpContext& context,
                                                         const std::string& collection) {
  api::DescribeCollectionRequest request;
  request.set_collection_name(collection);
  api::DescribeCollectionResponse response;
  VG_RETURN_IF_ERROR(channel_->CallPatiently(context, "DescribeCollection", request, response));
  return response;
}

Status Server::Create(const OpContext& context, const pb::schema::CollectionSchema& schema,
                      const std::map<std::string, std::string>& properties) {
  api::CreateCollectionRequest request;
  request.set_collection_name(schema.name());
  request.set_schema(schema.SerializeAsString());
  // On one channel a batch is one entry of Milvus' log.
  request.set_shards_num(1);
  request.set_consistency_level(pb::common::Strong);
  milvus_wire::FromMap(properties, *request.mutable_properties());
  pb::common::Status response;
  return channel_->CallPatiently(context, "CreateCollection", request, response);
}

Status Server::Drop(const OpContext& context, const std::string& collection) {
  api::DropCollectionRequest request;
  request.set_collection_name(collection);
  pb::common::Status response;
  return channel_->CallPatiently(context, "DropCollection", request, response);
}

Status Server::SetProperties(const OpContext& context, const std::string& collection,
                             const std::map<std::string, std::string>& properties) {
  api::AlterCollectionRequest request;
  request.set_collection_name(collection);
  milvus_wire::FromMap(properties, *request.mutable_properties());
  pb::common::Status response;
  return channel_->CallPatiently(context, "AlterCollection", request, response);
}

Status Server::CreateAlias(const OpContext& context, const std::string& collection,
                           const std::string& alias) {
  api::CreateAliasRequest request;
  request.set_collection_name(collection);
  request.set_alias(alias);
  pb::common::Status response;
  return channel_->CallPatiently(context, "CreateAlias", request, response);
}

Status Server::DropAlias(const OpContext& context, const std::string& alias) {
  api::DropAliasRequest request;
  request.set_alias(alias);
  pb::common::Status response;
  return channel_->CallPatiently(context, "DropAlias", request, response);
}

Result<std::vector<StoredIndex>> Server::Indexes(const OpContext& context,
                                                 const std::string& collection) {
  api::DescribeIndexRequest request;
  request.set_collection_name(collection);
  api::DescribeIndexResponse response;
  const Status called = channel_->CallPatiently(context, "DescribeIndex", request, response);
  if (!called.ok()) {
    const bool none =
        called.error().code == Code::kNotFound && called.error().subject == Subject::kIndex;
    if (none) return std::vector<StoredIndex>();
    return called.error();
  }
  std::vector<StoredIndex> out;
  for (const auto& index : response.index_descriptions()) {
    out.push_back(
        {.field = index.field_name(),
         .name = index.index_name(),
         .params = milvus_wire::ToMap(index.params()),
         .indexed_rows = static_cast<uint64_t>(std::max<int64_t>(0, index.indexed_rows()))});
  }
  return out;
}

Status Server::CreateIndex(const OpContext& context, const std::string& collection,
                           const std::string& field,
                           const std::map<std::string, std::string>& params) {
  api::CreateIndexRequest request;
  request.set_collection_name(collection);
  request.set_field_name(field);
  request.set_index_name(field);
  milvus_wire::FromMap(params, *request.mutable_extra_params());
  pb::common::Status response;
  return channel_->CallPatiently(context, "CreateIndex", request, response);
}

Status Server::DropIndex(const OpContext& context, const std::string& collection,
                         const StoredIndex& index) {
  api::DropIndexRequest request;
  request.set_collection_name(collection);
  request.set_field_name(index.field);
  request.set_index_name(index.name);
  pb::common::Status response;
  return channel_->CallPatiently(context, "DropIndex", request, response);
}

Status Server::Load(const OpContext& context, const std::string& collection) {
  api::LoadCollectionRequest request;
  request.set_collection_name(collection);
  request.set_replica_number(1);
  pb::common::Status response;
  VG_RETURN_IF_ERROR(channel_->CallPatiently(context, "LoadCollection", request, response));
  return AwaitWithin(context, [&]() -> Result<bool> {
    api::GetLoadingProgressRequest question;
    question.set_collection_name(collection);
    api::GetLoadingProgressResponse answer;
    VG_RETURN_IF_ERROR(channel_->CallPatiently(context, "GetLoadingProgress", question, answer));
    return answer.progress() >= kAllLoaded;
  });
}

Status Server::Release(const OpContext& context, const std::string& collection) {
  api::ReleaseCollectionRequest request;
  request.set_collection_name(collection);
  pb::common::Status response;
  return channel_->CallPatiently(context, "ReleaseCollection", request, response);
}

Status Server::Flush(const OpContext& context, const std::string& collection) {
  api::FlushRequest request;
  request.add_collection_names(collection);
  api::FlushResponse response;
  VG_RETURN_IF_ERROR(channel_->CallPatiently(context, "Flush", request, response));
  api::GetFlushStateRequest question;
  question.set_collection_name(collection);
  const auto segments = response.coll_segids().find(collection);
  if (segments != response.coll_segids().end()) {
    *question.mutable_segmentids() = segments->second.data();
  }
  const auto timestamp = response.coll_flush_ts().find(collection);
  if (timestamp != response.coll_flush_ts().end()) question.set_flush_ts(timestamp->second);
  return AwaitWithin(context, [&]() -> Result<bool> {
    api::GetFlushStateResponse answer;
    VG_RETURN_IF_ERROR(channel_->CallPatiently(context, "GetFlushState", question, answer));
    return answer.flushed();
  });
}

Result<uint64_t> Server::Upsert(const OpContext& context, const api::UpsertRequest& request) {
  api::MutationResult response;
  VG_RETURN_IF_ERROR(channel_->CallPatiently(context, "Upsert", request, response));
  return response.timestamp();
}

Status Server::Delete(const OpContext& context, const std::string& collection,
                      const std::string& expression) {
  api::DeleteRequest request;
  request.set_collection_name(collection);
  request.set_expr(expression);
  request.set_consistency_level(pb::common::Strong);
  api::MutationResult response;
  return channel_->CallPatiently(context, "Delete", request, response);
}

Result<uint64_t> Server::Timestamp(const OpContext& context) {
  api::AllocTimestampResponse response;
  VG_RETURN_IF_ERROR(
      channel_->CallPatiently(context, "AllocTimestamp", api::AllocTimestampRequest(), response));
  return response.timestamp();
}

Result<api::QueryResults> Server::Query(const OpContext& context, const QueryCall& call) {
  api::QueryRequest request;
  request.set_collection_name(call.collection);
  request.set_expr(call.expression);
  request.mutable_output_fields()->Add(call.outputs.begin(), call.outputs.end());
  if (call.limit) Add(*request.mutable_query_params(), "limit", std::to_string(*call.limit));
  if (call.offset > 0) {
    Add(*request.mutable_query_params(), "offset", std::to_string(call.offset));
  }
  SetFreshness(call.freshness, request);
  api::QueryResults response;
  VG_RETURN_IF_ERROR(channel_->CallPatiently(context, "Query", request, response));
  return response;
}

Result<uint64_t> Server::Count(const OpContext& context, const std::string& collection,
                               const Expression& expression, const Freshness& freshness) {
  if (expression.is_none()) return uint64_t{0};
  VG_ASSIGN_OR_RETURN(const api::QueryResults answer,
                      Query(context, {.collection = collection,
                                      .expression = expression.text(),
                                      .outputs = {"count(*)"},
                                      .limit = std::nullopt,
                                      .freshness = freshness}));
  if (answer.fields_data_size() != 1 ||
      answer.fields_data(0).scalars().long_data().data_size() != 1) {
    return Internal(fmt::format("{}: the answer to a count is no number", channel_->options().uri));
  }
  return static_cast<uint64_t>(answer.fields_data(0).scalars().long_data().data(0));
}

Result<api::SearchResults> Server::Search(const OpContext& context, const SearchCall& call) {
  api::SearchRequest request;
  request.set_collection_name(call.collection);
  request.set_dsl(call.expression);
  request.set_dsl_type(pb::common::BoolExprV1);
  request.set_nq(static_cast<int64_t>(call.num_queries));
  request.set_placeholder_group(call.queries);
  request.mutable_output_fields()->Add(call.outputs.begin(), call.outputs.end());
  auto& params = *request.mutable_search_params();
  Add(params, "anns_field", call.field);
  Add(params, "topk", std::to_string(call.topk));
  Add(params, "params", call.params);
  Add(params, "metric_type", call.metric);
  Add(params, "round_decimal", "-1");
  Add(params, "ignore_growing", "False");
  SetFreshness(call.freshness, request);
  api::SearchResults response;
  VG_RETURN_IF_ERROR(channel_->CallPatiently(context, "Search", request, response));
  return response;
}

}  // namespace vecgate::milvus_engine

#include "api/milvus_grpc/convert_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "api/milvus_grpc/convert_rows.h"
#include "api/milvus_grpc/convert_schema.h"
#include "milvus_wire/query_vectors.h"

namespace vecgate::milvus_grpc {
namespace {

using nlohmann::json;
using Params = std::map<std::string, std::string>;

Error BadParam(std::string_view key, std::string_view found, std::string_view wanted) {
  return InvalidArgument(fmt::format("{} [{}] is invalid, {}", key, found, wanted));
}

template <typename T>
Result<std::optional<T>> ReadNumber(const Params& params, const std::string& key) {
  const auto found = params.find(key);
  if (found == params.end() || found->second.empty()) return std::optional<T>{};
  const std::string& text = found->second;
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return std::optional<T>(value);
  return BadParam(key, text, "it should be a number in range");
}

bool ReadFlag(const Params& params, const std::string& key) {
  const auto found = params.find(key);
  return found != params.end() &&
         (found->second == "true" || found->second == "True" || found->second == "TRUE");
}

std::string TextOf(const Params& params, const std::string& key) {
  const auto found = params.find(key);
  return found == params.end() ? "" : found->second;
}

/// `params` holds a JSON object: its keys stand beside the others, which win.
Status MergeJsonParams(Params& params) {
  const auto found = params.find("params");
  if (found == params.end() || found->second.empty()) return Ok();
  const json inner = json::parse(found->second, nullptr, false);
  if (!inner.is_object()) return BadParam("params", found->second, "it should be a JSON object");
  for (const auto& [key, value] : inner.items()) {
    // Printing a value recurses as deep as it is nested, and no parameter is a list or an object.
    if (value.is_structured()) continue;
    params.emplace(key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return Ok();
}

Status ReadIterator(const Params& params, gateway::GatewaySearch& search) {
  if (!ReadFlag(params, "search_iter_v2")) return Ok();
  gateway::GatewaySearch::Iterator iterator;
  iterator.token = TextOf(params, "search_iter_id");
  VG_ASSIGN_OR_RETURN(iterator.last_bound, ReadNumber<float>(params, "search_iter_last_bound"));
  VG_ASSIGN_OR_RETURN(const auto batch, ReadNumber<uint32_t>(params, "search_iter_batch_size"));
  if (batch) search.limit = *batch;
  search.iterator = std::move(iterator);
  return Ok();
}

Status ReadSearchParams(const Params& params, SearchShape& shape) {
  gateway::GatewaySearch& search = shape.search;
  VG_ASSIGN_OR_RETURN(const auto limit, ReadNumber<int64_t>(params, "topk"));
  if (!limit) return InvalidArgument("topk not found in search_params");
  if (*limit < 1 || *limit > UINT32_MAX) {
    return BadParam("topk", std::to_string(*limit),
                    fmt::format("it should be in range [1, 16384], but got {}", *limit));
  }
  search.limit = static_cast<uint32_t>(*limit);
  VG_ASSIGN_OR_RETURN(const auto offset, ReadNumber<int64_t>(params, "offset"));
  if (offset && (*offset < 0 || *offset > UINT32_MAX)) {
    return BadParam("offset", std::to_string(*offset), "it should be in range [0, 16384]");
  }
  search.offset = static_cast<uint32_t>(offset.value_or(0));
  VG_ASSIGN_OR_RETURN(const auto round, ReadNumber<int>(params, "round_decimal"));
  shape.round_decimal = round.value_or(-1);
  if (shape.round_decimal < -1 || shape.round_decimal > 6) {
    return BadParam("round_decimal", std::to_string(shape.round_decimal),
                    "it should be -1 or an integer in range [0, 6]");
  }
  search.vector_field = TextOf(params, "anns_field");
  search.metric = TextOf(params, "metric_type");
  VG_ASSIGN_OR_RETURN(const auto ef, ReadNumber<int64_t>(params, "ef"));
  if (ef) {
    if (*ef < 1 || *ef > 65536)
      return BadParam("ef", std::to_string(*ef), "it should be in range [1, 65536]");
    search.ef = static_cast<uint32_t>(*ef);
  }
  VG_ASSIGN_OR_RETURN(const auto nprobe, ReadNumber<int64_t>(params, "nprobe"));
  if (nprobe) {
    if (*nprobe < 1 || *nprobe > 65536)
      return BadParam("nprobe", std::to_string(*nprobe), "it should be in range [1, 65536]");
    search.nprobe = static_cast<uint32_t>(*nprobe);
  }
  VG_ASSIGN_OR_RETURN(search.radius, ReadNumber<float>(params, "radius"));
  VG_ASSIGN_OR_RETURN(search.range_filter, ReadNumber<float>(params, "range_filter"));
  search.group_by_field = TextOf(params, "group_by_field");
  VG_ASSIGN_OR_RETURN(const auto group_size, ReadNumber<uint32_t>(params, "group_size"));
  search.group_size = group_size.value_or(1);
  return ReadIterator(params, search);
}

float Rounded(float score, int decimals) {
  if (decimals < 0) return score;
  const double scale = std::pow(10.0, decimals);
  return static_cast<float>(std::round(score * scale) / scale);
}

}  // namespace

Result<SearchShape> ParseSearch(const pb::milvus::SearchRequest& request) {
  SearchShape shape;
  Params params = ToMap(request.search_params());
  VG_RETURN_IF_ERROR(MergeJsonParams(params));
  VG_RETURN_IF_ERROR(ReadSearchParams(params, shape));
  shape.top_k = shape.search.limit;
  VG_ASSIGN_OR_RETURN(auto queries,
                      milvus_wire::ParseQueryVectors(request.placeholder_group(), request.nq()));
  shape.search.vector_type = queries.type;
  shape.search.vectors = std::move(queries.vectors);
  shape.search.partitions.assign(request.partition_names().begin(),
                                 request.partition_names().end());
  shape.search.output_fields.assign(request.output_fields().begin(), request.output_fields().end());
  shape.search.filter.expression = request.dsl();
  VG_ASSIGN_OR_RETURN(shape.search.filter.values, ParseTemplates(request.expr_template_values()));
  return shape;
}

void WriteSearch(const gateway::GatewaySearchResult& result, const SearchShape& shape,
                 pb::milvus::SearchResults& out) {
  const CollectionSchema& schema = result.collection->schema;
  auto& data = *out.mutable_results();
  data.set_num_queries(static_cast<int64_t>(result.hits.hits_per_query.size()));
  data.set_top_k(shape.top_k);
  for (const uint32_t hits : result.hits.hits_per_query) data.add_topks(hits);
  for (const float score : result.hits.scores) data.add_scores(Rounded(score, shape.round_decimal));
  milvus_wire::WriteKeys(result.hits.keys, *data.mutable_ids());
  data.set_primary_field_name(schema.PrimaryKeyField().name);
  for (size_t i = 0; i < result.output.fields.size(); ++i) {
    milvus_wire::WriteColumn(schema.fields[result.output.fields[i]], result.hits.columns[i],
                             *data.add_fields_data());
  }
  for (const std::string& name : result.output.names) data.add_output_fields(name);
  if (result.hits.groups && result.group_field) {
    milvus_wire::WriteColumn(schema.fields[*result.group_field], *result.hits.groups,
                             *data.mutable_group_by_field_value());
  }
  data.set_all_search_count(static_cast<int64_t>(result.hits.scores.size()));
  if (!result.iterator_token.empty()) {
    data.mutable_search_iterator_v2_results()->set_token(result.iterator_token);
    data.mutable_search_iterator_v2_results()->set_last_bound(result.iterator_bound);
  }
  out.set_collection_name(result.collection->name);
}

Result<gateway::GatewayQuery> ParseQuery(const pb::milvus::QueryRequest& request) {
  gateway::GatewayQuery query;
  const Params params = ToMap(request.query_params());
  VG_ASSIGN_OR_RETURN(const auto limit, ReadNumber<int64_t>(params, "limit"));
  if (limit && *limit < 1)
    return BadParam("limit", std::to_string(*limit), "it should be greater than 0");
  if (limit) query.limit = static_cast<uint64_t>(*limit);
  VG_ASSIGN_OR_RETURN(const auto offset, ReadNumber<int64_t>(params, "offset"));
  if (offset && *offset < 0)
    return BadParam("offset", std::to_string(*offset), "it should not be negative");
  query.offset = static_cast<uint64_t>(offset.value_or(0));
  query.iterator = ReadFlag(params, "iterator");
  query.partitions.assign(request.partition_names().begin(), request.partition_names().end());
  query.output_fields.assign(request.output_fields().begin(), request.output_fields().end());
  query.filter.expression = request.expr();
  VG_ASSIGN_OR_RETURN(query.filter.values, ParseTemplates(request.expr_template_values()));
  return query;
}

void WriteQuery(const gateway::GatewayQueryResult& result, pb::milvus::QueryResults& out) {
  const CollectionSchema& schema = result.collection->schema;
  out.set_collection_name(result.collection->name);
  out.set_primary_field_name(schema.PrimaryKeyField().name);
  for (const std::string& name : result.output.names) out.add_output_fields(name);
  if (result.is_count) {
    auto* field = out.add_fields_data();
    field->set_type(pb::schema::Int64);
    field->set_field_name("count(*)");
    field->mutable_scalars()->mutable_long_data()->add_data(
        static_cast<int64_t>(result.rows.count));
    return;
  }
  for (size_t i = 0; i < result.output.fields.size(); ++i) {
    milvus_wire::WriteColumn(schema.fields[result.output.fields[i]], result.rows.columns[i],
                             *out.add_fields_data());
  }
}

}  // namespace vecgate::milvus_grpc

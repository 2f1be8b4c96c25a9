#include "gateway/gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/uuid.h"
#include "gateway/catalog_errors.h"
#include "model/vector_values.h"

namespace vecgate::gateway {
namespace {

constexpr std::string_view kCountField = "count(*)";

Result<std::shared_ptr<const filter::Filter>> CompileFilter(const CollectionInfo& info,
                                                            const FilterText& text) {
  if (text.expression.find_first_not_of(" \t\r\n") == std::string::npos) {
    return std::shared_ptr<const filter::Filter>();
  }
  return filter::Compile(text.expression, info.schema, text.values);
}

Result<RowSelection> Select(const CollectionInfo& info, const std::vector<std::string>& partitions,
                            const FilterText& filter) {
  RowSelection selection;
  if (info.HasPartitionKey() && !partitions.empty()) {
    return InvalidArgument(
        "not support manually specifying the partition names if partition key mode is used",
        Subject::kPartition);
  }
  for (const std::string& name : partitions) {
    const PartitionInfo* found = info.FindPartition(name);
    if (found == nullptr)
      return NotFound(fmt::format("partition name {} not found", name), Subject::kPartition);
    selection.partitions.push_back(found->id);
  }
  VG_ASSIGN_OR_RETURN(selection.filter, CompileFilter(info, filter));
  return selection;
}

Status CheckLoaded(const CollectionInfo& info, std::string_view what) {
  if (info.loaded) return Ok();
  return FailedPrecondition(
      fmt::format("failed to {}: collection not loaded[collection={}]", what, ToNumber(info.id)),
      Subject::kLoadState);
}

Result<size_t> VectorFieldOf(const CollectionInfo& info, const std::string& name) {
  const std::vector<size_t> fields = info.schema.VectorFields();
  if (name.empty()) {
    if (fields.size() == 1) return fields.front();
    return InvalidArgument(
        "multiple anns_fields exist, please specify a anns_field in search_params",
        Subject::kField);
  }
  const auto field = info.schema.FindField(name);
  if (!field) return NotFound(fmt::format("fieldName({}) not found", name), Subject::kField);
  if (IsVector(info.schema.fields[*field].type)) return *field;
  return InvalidArgument(
      fmt::format("failed to create query plan: field ({}) to search is not of vector data type",
                  name),
      Subject::kField);
}

Result<Column> ReadQueries(const FieldSchema& field, const GatewaySearch& search) {
  if (search.vector_type != field.type) {
    return InvalidArgument(
        fmt::format("vector type must be the same, field [{}] is of type {}, search vectors are of "
                    "type {}",
                    field.name, DataTypeName(field.type), DataTypeName(search.vector_type)));
  }
  Column queries = field.MakeColumn();
  queries.Reserve(search.vectors.size());
  const size_t size = VectorSizeBytes(field.type, field.dim);
  for (const std::string& vector : search.vectors) {
    if (vector.size() != size) {
      return InvalidArgument(
          fmt::format("vector dimension mismatch, expected vector size(byte) {}, actual {}", size,
                      vector.size()));
    }
    queries.AppendVectorBytes(vector);
  }
  if (const Status valid = ValidateVectors(field, queries); !valid.ok()) {
    return valid.error().Within("search vectors");
  }
  return queries;
}

Result<Metric> SearchMetric(const CollectionInfo& info, size_t field, const std::string& asked) {
  const IndexInfo* index = info.FindIndexOfField(field);
  const Metric metric =
      index == nullptr ? MetricsOf(info.schema.fields[field].type).front() : index->spec.metric;
  if (asked.empty() || MetricFromName(asked) == metric) return metric;
  return InvalidArgument(
      fmt::format("metric type not match: invalid parameter[expected={}][actual={}]",
                  MetricName(metric), asked));
}

Status CheckRange(const GatewaySearch& search, Metric metric) {
  if (!search.range_filter) return Ok();
  if (!search.radius)
    return InvalidArgument("range_filter is given without radius: a range search needs radius");
  if (LargerIsBetter(metric) ? *search.radius < *search.range_filter
                             : *search.range_filter < *search.radius)
    return Ok();
  return InvalidArgument(fmt::format("metric type {}, range_filter({}) must be {} than radius({})",
                                     MetricName(metric), *search.range_filter,
                                     LargerIsBetter(metric) ? "greater" : "less", *search.radius));
}

Result<std::optional<GroupBy>> GroupingOf(const CollectionInfo& info, const GatewaySearch& search) {
  if (search.group_by_field.empty()) return std::optional<GroupBy>{};
  const auto field = info.schema.FindField(search.group_by_field);
  if (!field)
    return NotFound(fmt::format("groupBy field not found in schema: field not found[field={}]",
                                search.group_by_field),
                    Subject::kField);
  const DataType type = info.schema.fields[*field].type;
  if (!IsInteger(type) && type != DataType::kBool && type != DataType::kVarChar) {
    return InvalidArgument(fmt::format("unsupported data type {} for group by operator: integers, "
                                       "Bool and VarChar are supported",
                                       DataTypeName(type)),
                           Subject::kField);
  }
  if (search.iterator) return InvalidArgument("Not allowed to do groupBy when doing iteration");
  if (search.radius)
    return InvalidArgument("Not allowed to do range-search when doing search-group-by");
  if (search.group_size < 1 || search.group_size > 100) {
    return InvalidArgument(
        fmt::format("input group size:{} is out of range [1, 100]", search.group_size));
  }
  return std::optional<GroupBy>(GroupBy{*field, search.group_size});
}

Status CheckPage(uint64_t limit, uint64_t offset, uint32_t most) {
  if (limit + offset >= 1 && limit + offset <= most) return Ok();
  return InvalidArgument(fmt::format(
      "invalid max query result window, (offset+limit) should be in range [1, {}], but got {}",
      most, limit + offset));
}

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::Open(std::unique_ptr<CatalogStore> store,
                                               EngineSet engines, const Clock& clock,
                                               GatewayLimits limits, Catalog::Options options) {
  std::unique_ptr<Gateway> gateway(new Gateway(clock, limits));
  VG_ASSIGN_OR_RETURN(gateway->catalog_, Catalog::Open(std::move(store), std::move(engines), clock,
                                                       std::move(options)));
  return gateway;
}

std::string VectorBytes(std::span<const float> vector) {
  return std::string(reinterpret_cast<const char*>(vector.data()), vector.size_bytes());
}

Result<OutputPlan> PlanOutput(const CollectionInfo& info, const std::vector<std::string>& names) {
  OutputPlan plan;
  const auto dynamic = info.schema.DynamicFieldIndex();
  bool wants_dynamic = false;
  const auto add = [&](const std::string& name) {
    if (std::find(plan.names.begin(), plan.names.end(), name) == plan.names.end())
      plan.names.push_back(name);
  };
  for (const std::string& name : names) {
    if (name == "*") {
      for (const FieldSchema& field : info.schema.fields) add(field.name);
      wants_dynamic = dynamic.has_value();
      continue;
    }
    const auto field = info.schema.FindField(name);
    if (!field && !dynamic) {
      return NotFound(fmt::format("field {} not exist: field not found[field={}]", name, name),
                      Subject::kField);
    }
    add(name);
    wants_dynamic = wants_dynamic || !field || field == dynamic;
  }
  for (const std::string& name : plan.names) {
    const auto field = info.schema.FindField(name);
    if (field && field != dynamic) plan.fields.push_back(*field);
  }
  if (wants_dynamic) plan.fields.push_back(*dynamic);
  return plan;
}

Result<GatewayWriteResult> Gateway::Write(const OpContext& context, const CollectionInfo& info,
                                          WriteMode mode, PartialBatch partial,
                                          const std::string& partition) {
  if (partial.num_rows == 0)
    return InvalidArgument(
        "num_rows should be greater than 0: invalid parameter[expected=(0, inf)][actual=0]");
  if (partial.num_rows > limits_.max_batch_rows) {
    return ResourceExhausted(fmt::format("a batch of {} rows, at most {} are allowed",
                                         partial.num_rows, limits_.max_batch_rows));
  }
  const auto given_keys = mode == WriteMode::kUpsert ? GivenKeys::kKeep : GivenKeys::kRefuse;
  VG_ASSIGN_OR_RETURN(RowBatch batch, CompleteBatch(info, std::move(partial), partition, given_keys,
                                                    catalog_->ids()));
  VG_ASSIGN_OR_RETURN(Engine* const engine, catalog_->EngineOf(info));
  VG_ASSIGN_OR_RETURN(const WriteResult written, engine->Write(context, info.id, mode, batch));
  GatewayWriteResult result;
  result.rows = batch.num_rows();
  result.replaced = written.replaced;
  result.keys = std::move(batch.columns[info.schema.PrimaryKeyIndex()]);
  return result;
}

Result<uint64_t> Gateway::Delete(const OpContext& context, const CollectionInfo& info,
                                 const FilterText& filter, const std::string& partition) {
  DeleteRequest request;
  std::vector<std::string> partitions;
  if (!partition.empty()) partitions.push_back(partition);
  VG_ASSIGN_OR_RETURN(request.selection, Select(info, partitions, filter));
  if (request.selection.filter == nullptr) {
    return InvalidArgument("delete plan can't be empty or always true : invalid parameter",
                           Subject::kExpression);
  }
  if (const auto keys = filter::PrimaryKeysOf(*request.selection.filter)) {
    if (keys->empty()) return 0;
    request.keys = *keys;
    request.selection.filter = nullptr;
  }
  VG_ASSIGN_OR_RETURN(Engine* const engine, catalog_->EngineOf(info));
  VG_ASSIGN_OR_RETURN(const DeleteResult result, engine->Delete(context, info.id, request));
  return result.deleted;
}

Result<uint64_t> Gateway::DeleteKeys(const OpContext& context, const CollectionInfo& info,
                                     std::vector<PrimaryKey> keys) {
  if (keys.empty()) return 0;
  DeleteRequest request;
  request.keys = std::move(keys);
  VG_ASSIGN_OR_RETURN(Engine* const engine, catalog_->EngineOf(info));
  VG_ASSIGN_OR_RETURN(const DeleteResult result, engine->Delete(context, info.id, request));
  return result.deleted;
}

Result<SearchRequest> Gateway::PlanSearch(const CollectionInfo& info, const GatewaySearch& search,
                                          OutputPlan& output) const {
  SearchRequest request;
  VG_ASSIGN_OR_RETURN(request.field, VectorFieldOf(info, search.vector_field));
  const size_t num_queries = search.vectors.size();
  if (num_queries < 1 || num_queries > limits_.max_queries) {
    return InvalidArgument(
        fmt::format("nq [{}] is invalid, nq (number of search vector per search request) should be "
                    "in range [1, {}]",
                    num_queries, limits_.max_queries));
  }
  if (search.limit < 1 || uint64_t{search.limit} + search.offset > limits_.max_top_k) {
    return InvalidArgument(
        fmt::format("topk [{}] is invalid, it should be in range [1, {}], but got {}", search.limit,
                    limits_.max_top_k, uint64_t{search.limit} + search.offset));
  }
  if (uint64_t{search.limit} * num_queries * std::max(1U, search.group_size) >
      limits_.max_result_rows) {
    return InvalidArgument(fmt::format(
        "number of result entries is too large: {} queries of {} hits, at most {} rows are allowed",
        num_queries, search.limit, limits_.max_result_rows));
  }
  VG_ASSIGN_OR_RETURN(request.queries, ReadQueries(info.schema.fields[request.field], search));
  VG_ASSIGN_OR_RETURN(request.metric, SearchMetric(info, request.field, search.metric));
  VG_RETURN_IF_ERROR(CheckRange(search, request.metric));
  VG_ASSIGN_OR_RETURN(request.selection, Select(info, search.partitions, search.filter));
  VG_ASSIGN_OR_RETURN(request.group_by, GroupingOf(info, search));
  VG_ASSIGN_OR_RETURN(output, PlanOutput(info, search.output_fields));
  request.output_fields = output.fields;
  request.k = search.limit;
  request.offset = search.offset;
  request.ef = search.ef;
  request.nprobe = search.nprobe;
  request.radius = search.radius;
  request.range_filter = search.range_filter;
  return request;
}

Result<GatewaySearchResult> Gateway::Search(const OpContext& context, const CollectionPtr& info,
                                            GatewaySearch search) {
  VG_RETURN_IF_ERROR(CheckLoaded(*info, "search"));
  GatewaySearchResult result;
  result.collection = info;
  VG_ASSIGN_OR_RETURN(SearchRequest request, PlanSearch(*info, search, result.output));
  if (request.group_by) result.group_field = request.group_by->field;
  if (search.iterator) {
    if (search.offset != 0) {
      return InvalidArgument(
          fmt::format("offset [{}] is invalid: a search iterator has none", search.offset));
    }
    if (search.vectors.size() != 1) {
      return InvalidArgument(
          fmt::format("a search iterator takes one query vector, {} found", search.vectors.size()));
    }
    result.iterator_token = search.iterator->token.empty() ? NewUuid() : search.iterator->token;
    if (search.iterator->last_bound) {
      request.after = iterators_.Find(result.iterator_token);
      if (!request.after || request.after->score != *search.iterator->last_bound) {
        // Forgotten, or rewound by the client: go on strictly beyond the score, past every key.
        PrimaryKey last = info->schema.PrimaryKeyField().type == DataType::kVarChar
                              ? PrimaryKey(std::string(kMaxVarCharLength, '\xff'))
                              : PrimaryKey(std::numeric_limits<int64_t>::max());
        request.after = SearchCursor{*search.iterator->last_bound, std::move(last)};
      }
    }
  }
  VG_ASSIGN_OR_RETURN(Engine* const engine, catalog_->EngineOf(*info));
  VG_ASSIGN_OR_RETURN(result.hits, engine->Search(context, info->id, request));
  if (search.iterator) {
    if (result.hits.scores.empty()) {
      result.iterator_bound = search.iterator->last_bound.value_or(0);
    } else {
      const size_t last = result.hits.scores.size() - 1;
      result.iterator_bound = result.hits.scores[last];
      iterators_.Remember(result.iterator_token,
                          {result.hits.scores[last], PrimaryKeyAt(result.hits.keys, last)});
    }
  }
  return result;
}

Result<GatewayQueryResult> Gateway::Query(const OpContext& context, const CollectionPtr& info,
                                          GatewayQuery query) {
  VG_RETURN_IF_ERROR(CheckLoaded(*info, "query"));
  GatewayQueryResult result;
  result.collection = info;
  result.is_count = query.output_fields.size() == 1 && query.output_fields.front() == kCountField;
  QueryRequest request;
  VG_ASSIGN_OR_RETURN(request.selection, Select(*info, query.partitions, query.filter));
  if (result.is_count) {
    if (query.limit) return InvalidArgument("count entities with pagination is not allowed");
    request.count_only = true;
    result.output.names.emplace_back(kCountField);
  } else {
    if (request.selection.filter == nullptr && !query.limit && !query.iterator) {
      return InvalidArgument("empty expression should be used with limit", Subject::kExpression);
    }
    if (query.limit) VG_RETURN_IF_ERROR(CheckPage(*query.limit, query.offset, limits_.max_top_k));
    VG_ASSIGN_OR_RETURN(result.output, PlanOutput(*info, query.output_fields));
    const std::string& key_name = info->schema.PrimaryKeyField().name;
    if (std::find(result.output.names.begin(), result.output.names.end(), key_name) ==
        result.output.names.end()) {
      result.output.names.insert(result.output.names.begin(), key_name);
      result.output.fields.insert(result.output.fields.begin(), info->schema.PrimaryKeyIndex());
    }
    request.output_fields = result.output.fields;
    request.offset = query.offset;
    request.limit = query.limit;
  }
  if (request.selection.filter != nullptr) {
    if (auto keys = filter::PrimaryKeysOf(*request.selection.filter)) {
      request.keys = std::move(*keys);
      request.selection.filter = nullptr;
    }
  }
  VG_ASSIGN_OR_RETURN(Engine* const engine, catalog_->EngineOf(*info));
  VG_ASSIGN_OR_RETURN(result.rows, engine->Query(context, info->id, request));
  return result;
}

Result<IndexInspection> Gateway::InspectIndex(const OpContext& context, const CollectionInfo& info,
                                              const std::string& vector_field,
                                              InspectRequest request) {
  VG_ASSIGN_OR_RETURN(request.field, VectorFieldOf(info, vector_field));
  if (request.k < 1 || request.k > limits_.max_top_k) {
    return InvalidArgument(
        fmt::format("k is {}, 1 to {} is allowed", request.k, limits_.max_top_k));
  }
  VG_ASSIGN_OR_RETURN(Engine* const engine, catalog_->EngineOf(info));
  return engine->InspectIndex(context, info.id, request);
}

Status Gateway::RebuildIndexes(const OpContext& context, const CollectionInfo& info) {
  VG_ASSIGN_OR_RETURN(Engine* const engine, catalog_->EngineOf(info));
  return engine->RebuildIndexes(context, info.id);
}

Result<CollectionStats> Gateway::Stats(const OpContext& context, const CollectionInfo& info) {
  VG_ASSIGN_OR_RETURN(Engine* const engine, catalog_->EngineOf(info));
  return engine->Stats(context, info.id);
}

Status Gateway::Flush(const OpContext& context, const CollectionInfo& info) {
  VG_ASSIGN_OR_RETURN(Engine* const engine, catalog_->EngineOf(info));
  return engine->Flush(context, info.id);
}

}  // namespace vecgate::gateway

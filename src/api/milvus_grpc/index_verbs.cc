#include <nlohmann/json.hpp>

#include "api/milvus_grpc/convert_schema.h"
#include "api/milvus_grpc/verbs.h"

namespace vecgate::milvus_grpc {
namespace {

namespace api = pb::milvus;

struct Progress {
  int64_t indexed = 0;
  int64_t pending = 0;
};

Progress ProgressOf(const CollectionStats& stats, size_t field) {
  for (const IndexStats& index : stats.indexes) {
    if (index.field == field)
      return {static_cast<int64_t>(index.indexed_rows), static_cast<int64_t>(index.pending_rows)};
  }
  return {static_cast<int64_t>(stats.rows), 0};
}

/// Clients send index parameters beside the others, or as JSON under "params", or both.
Result<std::map<std::string, std::string>> ReadIndexParams(const KeyValues& pairs) {
  auto params = ToMap(pairs);
  const auto nested = params.find("params");
  if (nested == params.end()) return params;
  const auto inner = nlohmann::json::parse(nested->second, nullptr, false);
  if (!inner.is_object())
    return InvalidArgument(
        "index params [" + nested->second + "] are invalid, a JSON object is expected",
        Subject::kIndex);
  params.erase(nested);
  for (const auto& [key, value] : inner.items()) {
    // Printing a value recurses as deep as it is nested, and no parameter is a list or an object.
    if (value.is_structured()) {
      return InvalidArgument("index parameter " + key +
                                 " is a list or an object, a text, number or boolean is expected",
                             Subject::kIndex);
    }
    params[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return params;
}

void Describe(const gateway::CollectionInfo& info, const gateway::IndexInfo& index,
              const CollectionStats& stats, api::IndexDescription& out) {
  const Progress progress = ProgressOf(stats, index.spec.field);
  out.set_index_name(index.name);
  out.set_indexid(index.id);
  out.set_field_name(info.schema.fields[index.spec.field].name);
  FromMap(index.given_params, *out.mutable_params());
  // Every row is searched from the moment it is acknowledged, so an index is always finished;
  // what the graph has yet to take in is told by pending_index_rows.
  out.set_state(pb::common::Finished);
  out.set_indexed_rows(progress.indexed);
  out.set_total_rows(static_cast<int64_t>(stats.rows));
  out.set_pending_index_rows(progress.pending);
}

Status DescribeAll(gateway::Gateway& gateway, const Call& call, const api::DescribeIndexRequest& in,
                   api::DescribeIndexResponse& out) {
  VG_ASSIGN_OR_RETURN(const auto info,
                      gateway.catalog().Resolve(call.Database(in.db_name()), in.collection_name()));
  VG_ASSIGN_OR_RETURN(const CollectionStats stats, gateway.Stats(call.context, *info));
  out.mutable_status();
  for (const gateway::IndexInfo& index : info->indexes) {
    if (!in.index_name().empty() && in.index_name() != index.name) continue;
    Describe(*info, index, stats, *out.add_index_descriptions());
  }
  if (out.index_descriptions_size() == 0) {
    return NotFound(in.index_name().empty()
                        ? "index not found[collection=" + in.collection_name() + "]"
                        : "index not found[index=" + in.index_name() + "]",
                    Subject::kIndex);
  }
  return Ok();
}

}  // namespace

void AddIndexVerbs(RpcTable& table, gateway::Gateway& gateway) {
  table.Add<api::CreateIndexRequest, pb::common::Status>(
      "CreateIndex",
      [&gateway](const Call& call, const api::CreateIndexRequest& in,
                 pb::common::Status&) -> Status {
        gateway::CreateIndexOptions options;
        options.field = in.field_name();
        options.index_name = in.index_name();
        VG_ASSIGN_OR_RETURN(options.params, ReadIndexParams(in.extra_params()));
        return gateway.catalog().CreateIndex(call.context, call.Database(in.db_name()),
                                             in.collection_name(), options);
      });
  table.Add<api::DescribeIndexRequest, api::DescribeIndexResponse>(
      "DescribeIndex",
      [&gateway](const Call& call, const api::DescribeIndexRequest& in,
                 api::DescribeIndexResponse& out) { return DescribeAll(gateway, call, in, out); });
  table.Add<api::DropIndexRequest, pb::common::Status>(
      "DropIndex",
      [&gateway](const Call& call, const api::DropIndexRequest& in, pb::common::Status&) {
        return gateway.catalog().DropIndex(
            call.context, call.Database(in.db_name()), in.collection_name(),
            in.index_name().empty() ? in.field_name() : in.index_name());
      });
  table.Add<api::GetIndexStateRequest, api::GetIndexStateResponse>(
      "GetIndexState",
      [&gateway](const Call& call, const api::GetIndexStateRequest& in,
                 api::GetIndexStateResponse& out) -> Status {
        VG_ASSIGN_OR_RETURN(const auto info, gateway.catalog().Resolve(call.Database(in.db_name()),
                                                                       in.collection_name()));
        out.mutable_status();
        out.set_state(info->indexes.empty() ? pb::common::IndexStateNone : pb::common::Finished);
        return Ok();
      });
  table.Add<api::GetIndexBuildProgressRequest, api::GetIndexBuildProgressResponse>(
      "GetIndexBuildProgress",
      [&gateway](const Call& call, const api::GetIndexBuildProgressRequest& in,
                 api::GetIndexBuildProgressResponse& out) -> Status {
        VG_ASSIGN_OR_RETURN(const auto info, gateway.catalog().Resolve(call.Database(in.db_name()),
                                                                       in.collection_name()));
        VG_ASSIGN_OR_RETURN(const CollectionStats stats, gateway.Stats(call.context, *info));
        const gateway::IndexInfo* index =
            in.index_name().empty() ? nullptr : info->FindIndexByName(in.index_name());
        if (index == nullptr && !info->indexes.empty()) index = &info->indexes.front();
        if (index == nullptr)
          return NotFound("index not found[collection=" + in.collection_name() + "]",
                          Subject::kIndex);
        out.mutable_status();
        out.set_indexed_rows(ProgressOf(stats, index->spec.field).indexed);
        out.set_total_rows(static_cast<int64_t>(stats.rows));
        return Ok();
      });
}

}  // namespace vecgate::milvus_grpc

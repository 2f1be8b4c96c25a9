// Insert, upsert, delete, search, query, flush.
#include "api/milvus_grpc/convert_rows.h"
#include "api/milvus_grpc/convert_schema.h"
#include "api/milvus_grpc/convert_search.h"
#include "api/milvus_grpc/verbs.h"

namespace vecgate::milvus_grpc {
namespace {

namespace api = pb::milvus;

template <typename Request>
Status Write(gateway::Gateway& gateway, const Call& call, WriteMode mode, const Request& in,
             api::MutationResult& out) {
  VG_ASSIGN_OR_RETURN(const auto info,
                      gateway.catalog().Resolve(call.Database(in.db_name()), in.collection_name()));
  VG_ASSIGN_OR_RETURN(gateway::PartialBatch batch,
                      ParseRows(info->schema, in.fields_data(), in.num_rows()));
  VG_ASSIGN_OR_RETURN(const auto written, gateway.Write(call.context, *info, mode, std::move(batch),
                                                        in.partition_name()));
  out.mutable_status();
  milvus_wire::WriteKeys(written.keys, *out.mutable_ids());
  const auto rows = static_cast<int64_t>(written.rows);
  for (uint32_t row = 0; row < written.rows; ++row) out.add_succ_index(row);
  out.set_acknowledged(true);
  if (mode == WriteMode::kUpsert) {
    out.set_upsert_cnt(rows);
    out.set_delete_cnt(static_cast<int64_t>(written.replaced));
  }
  out.set_insert_cnt(rows);
  out.set_timestamp(HybridTime(gateway.clock().UnixMillis()));
  return Ok();
}

Status Upsert(gateway::Gateway& gateway, const Call& call, const api::UpsertRequest& in,
              api::MutationResult& out) {
  if (in.partial_update())
    return Unimplemented("partial_update of an upsert is not supported: send whole rows");
  return Write(gateway, call, WriteMode::kUpsert, in, out);
}

Status Delete(gateway::Gateway& gateway, const Call& call, const api::DeleteRequest& in,
              api::MutationResult& out) {
  VG_ASSIGN_OR_RETURN(const auto info,
                      gateway.catalog().Resolve(call.Database(in.db_name()), in.collection_name()));
  gateway::FilterText filter;
  filter.expression = in.expr();
  VG_ASSIGN_OR_RETURN(filter.values, ParseTemplates(in.expr_template_values()));
  VG_ASSIGN_OR_RETURN(const uint64_t deleted,
                      gateway.Delete(call.context, *info, filter, in.partition_name()));
  out.mutable_status();
  out.set_acknowledged(true);
  out.set_delete_cnt(static_cast<int64_t>(deleted));
  out.set_timestamp(HybridTime(gateway.clock().UnixMillis()));
  return Ok();
}

Status Search(gateway::Gateway& gateway, const Call& call, const api::SearchRequest& in,
              api::SearchResults& out) {
  VG_ASSIGN_OR_RETURN(const auto info,
                      gateway.catalog().Resolve(call.Database(in.db_name()), in.collection_name()));
  VG_ASSIGN_OR_RETURN(SearchShape shape, ParseSearch(in));
  VG_ASSIGN_OR_RETURN(const auto result,
                      gateway.Search(call.context, info, std::move(shape.search)));
  WriteSearch(result, shape, out);
  out.mutable_status();
  out.set_session_ts(HybridTime(gateway.clock().UnixMillis()));
  return Ok();
}

Status Query(gateway::Gateway& gateway, const Call& call, const api::QueryRequest& in,
             api::QueryResults& out) {
  VG_ASSIGN_OR_RETURN(const auto info,
                      gateway.catalog().Resolve(call.Database(in.db_name()), in.collection_name()));
  VG_ASSIGN_OR_RETURN(gateway::GatewayQuery query, ParseQuery(in));
  VG_ASSIGN_OR_RETURN(const auto result, gateway.Query(call.context, info, std::move(query)));
  WriteQuery(result, out);
  out.mutable_status();
  out.set_session_ts(HybridTime(gateway.clock().UnixMillis()));
  return Ok();
}

Status Flush(gateway::Gateway& gateway, const Call& call, const api::FlushRequest& in,
             api::FlushResponse& out) {
  const std::string database = call.Database(in.db_name());
  out.mutable_status();
  out.set_db_name(database);
  const int64_t now_ms = gateway.clock().UnixMillis();
  for (const std::string& name : in.collection_names()) {
    VG_ASSIGN_OR_RETURN(const auto info, gateway.catalog().Resolve(database, name));
    VG_RETURN_IF_ERROR(gateway.Flush(call.context, *info));
    // Clients index these maps by the name they asked for.
    (*out.mutable_coll_segids())[name];
    (*out.mutable_flush_coll_segids())[name];
    (*out.mutable_coll_seal_times())[name] = now_ms / 1000;
    (*out.mutable_coll_flush_ts())[name] = HybridTime(now_ms);
  }
  return Ok();
}

}  // namespace

void AddDataVerbs(RpcTable& table, gateway::Gateway& gateway) {
  table.Add<api::InsertRequest, api::MutationResult>(
      "Insert",
      [&gateway](const Call& call, const api::InsertRequest& in, api::MutationResult& out) {
        return Write(gateway, call, WriteMode::kInsert, in, out);
      });
  table.Add<api::UpsertRequest, api::MutationResult>(
      "Upsert", [&gateway](const Call& call, const api::UpsertRequest& in,
                           api::MutationResult& out) { return Upsert(gateway, call, in, out); });
  table.Add<api::DeleteRequest, api::MutationResult>(
      "Delete", [&gateway](const Call& call, const api::DeleteRequest& in,
                           api::MutationResult& out) { return Delete(gateway, call, in, out); });
  table.Add<api::SearchRequest, api::SearchResults>(
      "Search", [&gateway](const Call& call, const api::SearchRequest& in,
                           api::SearchResults& out) { return Search(gateway, call, in, out); });
  table.Add<api::QueryRequest, api::QueryResults>(
      "Query", [&gateway](const Call& call, const api::QueryRequest& in, api::QueryResults& out) {
        return Query(gateway, call, in, out);
      });
}

void AddFlushVerbs(RpcTable& table, gateway::Gateway& gateway) {
  table.Add<api::FlushRequest, api::FlushResponse>(
      "Flush", [&gateway](const Call& call, const api::FlushRequest& in, api::FlushResponse& out) {
        return Flush(gateway, call, in, out);
      });
  table.Add<api::GetFlushStateRequest, api::GetFlushStateResponse>(
      "GetFlushState",
      [](const Call&, const api::GetFlushStateRequest&, api::GetFlushStateResponse& out) {
        // Flush answers when everything is on disk, so whoever asks afterwards may be told so.
        out.mutable_status();
        out.set_flushed(true);
        return Ok();
      });
}

}  // namespace vecgate::milvus_grpc

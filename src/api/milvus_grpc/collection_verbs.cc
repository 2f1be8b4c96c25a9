#include <fmt/format.h>

#include <algorithm>

#include "api/milvus_grpc/convert_schema.h"
#include "api/milvus_grpc/verbs.h"

namespace vecgate::milvus_grpc {
namespace {

namespace api = pb::milvus;

Status Create(gateway::Gateway& gateway, const Call& call, const api::CreateCollectionRequest& in) {
  gateway::CreateCollectionOptions options;
  options.database = call.Database(in.db_name());
  VG_ASSIGN_OR_RETURN(options.schema, milvus_wire::ParseSchema(in.schema()));
  options.schema.name = in.collection_name();
  options.properties = ToMap(in.properties());
  options.num_shards = in.shards_num() == 0 ? 1 : in.shards_num();
  constexpr int32_t kMaxShards = 16;
  if (options.num_shards < 0 || options.num_shards > kMaxShards) {
    return InvalidArgument(fmt::format("maximum shards's number should be limited to {}, {} found",
                                       kMaxShards, options.num_shards));
  }
  options.consistency_level = in.consistency_level();
  options.num_partitions = in.num_partitions();
  return gateway.catalog().CreateCollection(call.context, std::move(options));
}

/// DescribeCollection finds by name or id; its text for a missing collection is its own, and
/// has_collection of every client reads it.
Result<gateway::CollectionPtr> Find(gateway::Catalog& catalog, const std::string& database,
                                    const api::DescribeCollectionRequest& in) {
  Result<gateway::CollectionPtr> info =
      in.collection_name().empty()
          ? catalog.ResolveById(CollectionId{static_cast<uint64_t>(in.collectionid())})
          : catalog.Resolve(database, in.collection_name());
  if (!info.ok() && info.error().subject == Subject::kCollection) {
    return NotFound(fmt::format("can't find collection[database={}][collection={}]", database,
                                in.collection_name()),
                    Subject::kCollection);
  }
  return info;
}

void Describe(const gateway::CollectionInfo& info, api::DescribeCollectionResponse& out) {
  out.mutable_status();
  WriteSchema(info, *out.mutable_schema());
  out.set_collectionid(static_cast<int64_t>(ToNumber(info.id)));
  out.set_collection_name(info.name);
  out.set_db_name(info.database);
  out.set_shards_num(info.num_shards);
  out.set_consistency_level(static_cast<pb::common::ConsistencyLevel>(info.consistency_level));
  out.set_created_timestamp(HybridTime(info.created_ms));
  out.set_created_utc_timestamp(static_cast<uint64_t>(info.created_ms));
  out.set_update_timestamp(HybridTime(info.created_ms));
  out.set_update_timestamp_str(std::to_string(HybridTime(info.created_ms)));
  out.set_num_partitions(static_cast<int64_t>(info.partitions.size()));
  for (const std::string& alias : info.aliases) out.add_aliases(alias);
  FromMap(info.properties, *out.mutable_properties());
  for (int32_t shard = 0; shard < info.num_shards; ++shard) {
    out.add_virtual_channel_names(fmt::format("vecgate-dml_{}_{}v0", shard, ToNumber(info.id)));
    out.add_physical_channel_names(fmt::format("vecgate-dml_{}", shard));
  }
}

Status Show(gateway::Catalog& catalog, const Call& call, const api::ShowCollectionsRequest& in,
            api::ShowCollectionsResponse& out) {
  VG_ASSIGN_OR_RETURN(const auto collections, catalog.ListCollections(call.Database(in.db_name())));
  out.mutable_status();
  for (const gateway::CollectionPtr& info : collections) {
    if (in.type() == pb::milvus::InMemory && !info->loaded) continue;
    if (in.collection_names_size() > 0 &&
        std::find(in.collection_names().begin(), in.collection_names().end(), info->name) ==
            in.collection_names().end()) {
      continue;
    }
    out.add_collection_names(info->name);
    out.add_collection_ids(static_cast<int64_t>(ToNumber(info->id)));
    out.add_created_timestamps(HybridTime(info->created_ms));
    out.add_created_utc_timestamps(static_cast<uint64_t>(info->created_ms));
    out.add_inmemory_percentages(info->loaded ? 100 : 0);
    out.add_query_service_available(info->loaded);
    out.add_shards_num(info->num_shards);
  }
  return Ok();
}

void AddStat(const std::string& key, uint64_t value, KeyValues& out) {
  auto* pair = out.Add();
  pair->set_key(key);
  pair->set_value(std::to_string(value));
}

}  // namespace

void AddCollectionVerbs(RpcTable& table, gateway::Gateway& gateway) {
  gateway::Catalog& catalog = gateway.catalog();
  table.Add<api::CreateCollectionRequest, pb::common::Status>(
      "CreateCollection", [&gateway](const Call& call, const api::CreateCollectionRequest& in,
                                     pb::common::Status&) { return Create(gateway, call, in); });
  table.Add<api::DropCollectionRequest, pb::common::Status>(
      "DropCollection",
      [&catalog](const Call& call, const api::DropCollectionRequest& in, pb::common::Status&) {
        return catalog.DropCollection(call.context, call.Database(in.db_name()),
                                      in.collection_name());
      });
  table.Add<api::HasCollectionRequest, api::BoolResponse>(
      "HasCollection",
      [&catalog](const Call& call, const api::HasCollectionRequest& in,
                 api::BoolResponse& out) -> Status {
        out.mutable_status();
        const auto info = catalog.Resolve(call.Database(in.db_name()), in.collection_name());
        if (!info.ok() && info.error().subject != Subject::kCollection) return info.error();
        out.set_value(info.ok());
        return Ok();
      });
  table.Add<api::DescribeCollectionRequest, api::DescribeCollectionResponse>(
      "DescribeCollection",
      [&catalog](const Call& call, const api::DescribeCollectionRequest& in,
                 api::DescribeCollectionResponse& out) -> Status {
        VG_ASSIGN_OR_RETURN(const gateway::CollectionPtr info,
                            Find(catalog, call.Database(in.db_name()), in));
        Describe(*info, out);
        return Ok();
      });
  table.Add<api::ShowCollectionsRequest, api::ShowCollectionsResponse>(
      "ShowCollections",
      [&catalog](const Call& call, const api::ShowCollectionsRequest& in,
                 api::ShowCollectionsResponse& out) { return Show(catalog, call, in, out); });
  table.Add<api::RenameCollectionRequest, pb::common::Status>(
      "RenameCollection",
      [&catalog](const Call& call, const api::RenameCollectionRequest& in, pb::common::Status&) {
        const std::string database = call.Database(in.db_name());
        return catalog.RenameCollection(database, in.oldname(),
                                        in.newdbname().empty() ? database : in.newdbname(),
                                        in.newname());
      });
  table.Add<api::AlterCollectionRequest, pb::common::Status>(
      "AlterCollection",
      [&catalog](const Call& call, const api::AlterCollectionRequest& in, pb::common::Status&) {
        return catalog.AlterCollection(call.Database(in.db_name()), in.collection_name(),
                                       ToMap(in.properties()),
                                       {in.delete_keys().begin(), in.delete_keys().end()});
      });
  table.Add<api::GetCollectionStatisticsRequest, api::GetCollectionStatisticsResponse>(
      "GetCollectionStatistics",
      [&gateway](const Call& call, const api::GetCollectionStatisticsRequest& in,
                 api::GetCollectionStatisticsResponse& out) -> Status {
        VG_ASSIGN_OR_RETURN(const auto info, gateway.catalog().Resolve(call.Database(in.db_name()),
                                                                       in.collection_name()));
        VG_ASSIGN_OR_RETURN(const CollectionStats stats, gateway.Stats(call.context, *info));
        out.mutable_status();
        AddStat("row_count", stats.rows, *out.mutable_stats());
        return Ok();
      });
  table.Add<api::GetPartitionStatisticsRequest, api::GetPartitionStatisticsResponse>(
      "GetPartitionStatistics",
      [&gateway](const Call& call, const api::GetPartitionStatisticsRequest& in,
                 api::GetPartitionStatisticsResponse& out) -> Status {
        VG_ASSIGN_OR_RETURN(const auto info, gateway.catalog().Resolve(call.Database(in.db_name()),
                                                                       in.collection_name()));
        const gateway::PartitionInfo* partition = info->FindPartition(in.partition_name());
        if (partition == nullptr)
          return NotFound("partition not found[partition=" + in.partition_name() + "]",
                          Subject::kPartition);
        VG_ASSIGN_OR_RETURN(const CollectionStats stats, gateway.Stats(call.context, *info));
        out.mutable_status();
        const auto rows = stats.rows_by_partition.find(ToNumber(partition->id));
        AddStat("row_count", rows == stats.rows_by_partition.end() ? 0 : rows->second,
                *out.mutable_stats());
        return Ok();
      });
}

}  // namespace vecgate::milvus_grpc

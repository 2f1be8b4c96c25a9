// Partitions, and loading and releasing.
#include <fmt/format.h>

#include <algorithm>

#include "api/milvus_grpc/convert_schema.h"
#include "api/milvus_grpc/verbs.h"

namespace vecgate::milvus_grpc {
namespace {

namespace api = pb::milvus;

Error PartitionNotFound(const std::string& name) {
  return NotFound(fmt::format("partition not found[partition={}]", name), Subject::kPartition);
}

template <typename Names>
Status CheckPartitions(const gateway::CollectionInfo& info, const Names& names) {
  for (const std::string& name : names) {
    if (info.FindPartition(name) == nullptr) return PartitionNotFound(name);
  }
  return Ok();
}

Status Show(const gateway::CollectionInfo& info, const api::ShowPartitionsRequest& in,
            api::ShowPartitionsResponse& out) {
  VG_RETURN_IF_ERROR(CheckPartitions(info, in.partition_names()));
  out.mutable_status();
  for (const gateway::PartitionInfo& partition : info.partitions) {
    if (in.partition_names_size() > 0 &&
        std::find(in.partition_names().begin(), in.partition_names().end(), partition.name) ==
            in.partition_names().end()) {
      continue;
    }
    out.add_partition_names(partition.name);
    out.add_partitionids(static_cast<int64_t>(ToNumber(info.id)) + 1 + ToNumber(partition.id));
    out.add_created_timestamps(HybridTime(partition.created_ms));
    out.add_created_utc_timestamps(static_cast<uint64_t>(partition.created_ms));
    out.add_inmemory_percentages(info.loaded ? 100 : 0);
  }
  return Ok();
}

}  // namespace

void AddPartitionVerbs(RpcTable& table, gateway::Gateway& gateway) {
  gateway::Catalog& catalog = gateway.catalog();
  table.Add<api::CreatePartitionRequest, pb::common::Status>(
      "CreatePartition",
      [&catalog](const Call& call, const api::CreatePartitionRequest& in, pb::common::Status&) {
        return catalog.CreatePartition(call.Database(in.db_name()), in.collection_name(),
                                       in.partition_name());
      });
  table.Add<api::DropPartitionRequest, pb::common::Status>(
      "DropPartition",
      [&catalog](const Call& call, const api::DropPartitionRequest& in, pb::common::Status&) {
        return catalog.DropPartition(call.context, call.Database(in.db_name()),
                                     in.collection_name(), in.partition_name());
      });
  table.Add<api::HasPartitionRequest, api::BoolResponse>(
      "HasPartition",
      [&catalog](const Call& call, const api::HasPartitionRequest& in,
                 api::BoolResponse& out) -> Status {
        VG_ASSIGN_OR_RETURN(const auto info,
                            catalog.Resolve(call.Database(in.db_name()), in.collection_name()));
        out.mutable_status();
        out.set_value(info->FindPartition(in.partition_name()) != nullptr);
        return Ok();
      });
  table.Add<api::ShowPartitionsRequest, api::ShowPartitionsResponse>(
      "ShowPartitions",
      [&catalog](const Call& call, const api::ShowPartitionsRequest& in,
                 api::ShowPartitionsResponse& out) -> Status {
        VG_ASSIGN_OR_RETURN(
            const auto info,
            in.collection_name().empty()
                ? catalog.ResolveById(CollectionId{static_cast<uint64_t>(in.collectionid())})
                : catalog.Resolve(call.Database(in.db_name()), in.collection_name()));
        return Show(*info, in, out);
      });
}

void AddLoadVerbs(RpcTable& table, gateway::Gateway& gateway) {
  gateway::Catalog& catalog = gateway.catalog();
  table.Add<api::LoadCollectionRequest, pb::common::Status>(
      "LoadCollection",
      [&catalog](const Call& call, const api::LoadCollectionRequest& in, pb::common::Status&) {
        return catalog.Load(call.Database(in.db_name()), in.collection_name());
      });
  table.Add<api::ReleaseCollectionRequest, pb::common::Status>(
      "ReleaseCollection",
      [&catalog](const Call& call, const api::ReleaseCollectionRequest& in, pb::common::Status&) {
        return catalog.Release(call.Database(in.db_name()), in.collection_name());
      });
  // The engine keeps a collection's partitions together: loading one loads all, and releasing some
  // of them releases nothing that others still need.
  table.Add<api::LoadPartitionsRequest, pb::common::Status>(
      "LoadPartitions",
      [&catalog](const Call& call, const api::LoadPartitionsRequest& in,
                 pb::common::Status&) -> Status {
        const std::string database = call.Database(in.db_name());
        VG_ASSIGN_OR_RETURN(const auto info, catalog.Resolve(database, in.collection_name()));
        VG_RETURN_IF_ERROR(CheckPartitions(*info, in.partition_names()));
        return catalog.Load(database, in.collection_name());
      });
  table.Add<api::ReleasePartitionsRequest, pb::common::Status>(
      "ReleasePartitions",
      [&catalog](const Call& call, const api::ReleasePartitionsRequest& in,
                 pb::common::Status&) -> Status {
        const std::string database = call.Database(in.db_name());
        VG_ASSIGN_OR_RETURN(const auto info, catalog.Resolve(database, in.collection_name()));
        VG_RETURN_IF_ERROR(CheckPartitions(*info, in.partition_names()));
        const bool all = static_cast<size_t>(in.partition_names_size()) == info->partitions.size();
        return all ? catalog.Release(database, in.collection_name()) : Ok();
      });
  table.Add<api::GetLoadingProgressRequest, api::GetLoadingProgressResponse>(
      "GetLoadingProgress",
      [&catalog](const Call& call, const api::GetLoadingProgressRequest& in,
                 api::GetLoadingProgressResponse& out) -> Status {
        VG_ASSIGN_OR_RETURN(const auto info,
                            catalog.Resolve(call.Database(in.db_name()), in.collection_name()));
        VG_RETURN_IF_ERROR(CheckPartitions(*info, in.partition_names()));
        if (!info->loaded) {
          return FailedPrecondition(
              fmt::format("collection not loaded[collection={}]", ToNumber(info->id)),
              Subject::kLoadState);
        }
        out.mutable_status();
        out.set_progress(100);
        out.set_refresh_progress(100);
        return Ok();
      });
  table.Add<api::GetLoadStateRequest, api::GetLoadStateResponse>(
      "GetLoadState",
      [&catalog](const Call& call, const api::GetLoadStateRequest& in,
                 api::GetLoadStateResponse& out) -> Status {
        out.mutable_status();
        const auto info = catalog.Resolve(call.Database(in.db_name()), in.collection_name());
        if (!info.ok()) {
          if (info.error().subject != Subject::kCollection) return info.error();
          out.set_state(pb::common::LoadStateNotExist);
          return Ok();
        }
        VG_RETURN_IF_ERROR(CheckPartitions(**info, in.partition_names()));
        out.set_state((*info)->loaded ? pb::common::LoadStateLoaded : pb::common::LoadStateNotLoad);
        return Ok();
      });
}

}  // namespace vecgate::milvus_grpc

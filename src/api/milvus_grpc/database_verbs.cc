#include "api/milvus_grpc/convert_schema.h"
#include "api/milvus_grpc/verbs.h"

namespace vecgate::milvus_grpc {

namespace api = pb::milvus;

void AddDatabaseVerbs(RpcTable& table, gateway::Gateway& gateway) {
  gateway::Catalog& catalog = gateway.catalog();
  table.Add<api::CreateDatabaseRequest, pb::common::Status>(
      "CreateDatabase",
      [&catalog](const Call&, const api::CreateDatabaseRequest& in, pb::common::Status&) {
        return catalog.CreateDatabase(in.db_name(), ToMap(in.properties()));
      });
  table.Add<api::DropDatabaseRequest, pb::common::Status>(
      "DropDatabase",
      [&catalog](const Call&, const api::DropDatabaseRequest& in, pb::common::Status&) {
        return catalog.DropDatabase(in.db_name());
      });
  table.Add<api::AlterDatabaseRequest, pb::common::Status>(
      "AlterDatabase",
      [&catalog](const Call&, const api::AlterDatabaseRequest& in, pb::common::Status&) {
        return catalog.AlterDatabase(in.db_name(), ToMap(in.properties()),
                                     {in.delete_keys().begin(), in.delete_keys().end()});
      });
  table.Add<api::ListDatabasesRequest, api::ListDatabasesResponse>(
      "ListDatabases",
      [&catalog](const Call&, const api::ListDatabasesRequest&, api::ListDatabasesResponse& out) {
        out.mutable_status();
        for (const gateway::DatabaseRecord& database : catalog.ListDatabases()) {
          out.add_db_names(database.name);
          out.add_created_timestamp(HybridTime(database.created_ms));
          out.add_db_ids(database.id);
        }
        return Ok();
      });
  table.Add<api::DescribeDatabaseRequest, api::DescribeDatabaseResponse>(
      "DescribeDatabase",
      [&catalog](const Call& call, const api::DescribeDatabaseRequest& in,
                 api::DescribeDatabaseResponse& out) -> Status {
        VG_ASSIGN_OR_RETURN(const gateway::DatabaseRecord database,
                            catalog.DescribeDatabase(call.Database(in.db_name())));
        out.mutable_status();
        out.set_db_name(database.name);
        out.set_dbid(database.id);
        out.set_created_timestamp(HybridTime(database.created_ms));
        FromMap(database.properties, *out.mutable_properties());
        return Ok();
      });
}

void AddAliasVerbs(RpcTable& table, gateway::Gateway& gateway) {
  gateway::Catalog& catalog = gateway.catalog();
  table.Add<api::CreateAliasRequest, pb::common::Status>(
      "CreateAlias",
      [&catalog](const Call& call, const api::CreateAliasRequest& in, pb::common::Status&) {
        return catalog.CreateAlias(call.Database(in.db_name()), in.collection_name(), in.alias());
      });
  table.Add<api::DropAliasRequest, pb::common::Status>(
      "DropAlias",
      [&catalog](const Call& call, const api::DropAliasRequest& in, pb::common::Status&) {
        return catalog.DropAlias(call.Database(in.db_name()), in.alias());
      });
  table.Add<api::AlterAliasRequest, pb::common::Status>(
      "AlterAlias",
      [&catalog](const Call& call, const api::AlterAliasRequest& in, pb::common::Status&) {
        return catalog.AlterAlias(call.Database(in.db_name()), in.collection_name(), in.alias());
      });
  table.Add<api::DescribeAliasRequest, api::DescribeAliasResponse>(
      "DescribeAlias",
      [&catalog](const Call& call, const api::DescribeAliasRequest& in,
                 api::DescribeAliasResponse& out) -> Status {
        const std::string database = call.Database(in.db_name());
        VG_ASSIGN_OR_RETURN(const std::string collection,
                            catalog.DescribeAlias(database, in.alias()));
        out.mutable_status();
        out.set_db_name(database);
        out.set_alias(in.alias());
        out.set_collection(collection);
        return Ok();
      });
  table.Add<api::ListAliasesRequest, api::ListAliasesResponse>(
      "ListAliases",
      [&catalog](const Call& call, const api::ListAliasesRequest& in,
                 api::ListAliasesResponse& out) -> Status {
        const std::string database = call.Database(in.db_name());
        out.mutable_status();
        out.set_db_name(database);
        out.set_collection_name(in.collection_name());
        if (!in.collection_name().empty()) {
          VG_ASSIGN_OR_RETURN(const gateway::CollectionPtr info,
                              catalog.Resolve(database, in.collection_name()));
          for (const std::string& alias : info->aliases) out.add_aliases(alias);
          return Ok();
        }
        VG_ASSIGN_OR_RETURN(const auto collections, catalog.ListCollections(database));
        for (const gateway::CollectionPtr& info : collections) {
          for (const std::string& alias : info->aliases) out.add_aliases(alias);
        }
        return Ok();
      });
}

}  // namespace vecgate::milvus_grpc

#include <atomic>

#include "api/milvus_grpc/convert_schema.h"
#include "api/milvus_grpc/verbs.h"

namespace vecgate::milvus_grpc {
namespace {

namespace api = pb::milvus;

/// Clients choose features by this version: the protocol is that of Milvus 2.5.
constexpr const char* kMilvusVersion = "v2.5.3-vecgate";

}  // namespace

void AddSystemVerbs(RpcTable& table, gateway::Gateway& gateway) {
  table.Add<api::ConnectRequest, api::ConnectResponse>(
      "Connect", [&gateway](const Call&, const api::ConnectRequest&, api::ConnectResponse& out) {
        static std::atomic<int64_t> connections{0};
        out.mutable_status();
        out.mutable_server_info()->set_build_tags(kMilvusVersion);
        out.mutable_server_info()->set_deploy_mode("STANDALONE");
        out.set_identifier((gateway.clock().UnixMillis() << 18) +
                           connections.fetch_add(1, std::memory_order_relaxed) + 1);
        return Ok();
      });
  table.Add<api::GetVersionRequest, api::GetVersionResponse>(
      "GetVersion", [](const Call&, const api::GetVersionRequest&, api::GetVersionResponse& out) {
        out.mutable_status();
        out.set_version(kMilvusVersion);
        return Ok();
      });
  table.Add<api::CheckHealthRequest, api::CheckHealthResponse>(
      "CheckHealth",
      [&gateway](const Call& call, const api::CheckHealthRequest&, api::CheckHealthResponse& out) {
        out.mutable_status();
        bool healthy = true;
        for (const auto& [engine, health] : CheckEngines(gateway.engines(), call.context)) {
          if (health.ok()) continue;
          healthy = healthy && engine != gateway.engines().default_name();
          out.add_reasons(engine + ": " + health.error().message);
        }
        out.set_ishealthy(healthy);
        return Ok();
      });
  table.Add<api::AllocTimestampRequest, api::AllocTimestampResponse>(
      "AllocTimestamp",
      [&gateway](const Call&, const api::AllocTimestampRequest&, api::AllocTimestampResponse& out) {
        out.mutable_status();
        out.set_timestamp(HybridTime(gateway.clock().UnixMillis()));
        return Ok();
      });
}

}  // namespace vecgate::milvus_grpc

#include "api/milvus_grpc/milvus_server.h"

#include <google/protobuf/stubs/logging.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <thread>

#include "api/milvus_grpc/rpc_service.h"
#include "api/milvus_grpc/verbs.h"

namespace vecgate::milvus_grpc {
namespace {

// Of each queue.
constexpr int kLeastPollers = 2;
constexpr int kMostPollers = 8;

// gRPC makes a queue for each core unless told otherwise. It ends the process when fewer threads
// are allowed than wait at least, and refuses a call whose queue has none left to wait.
int Queues(int max_threads) {
  constexpr int kMost = 4;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(std::min(cores, max_threads / kMostPollers), 1, kMost);
}

class GrpcMilvusServer final : public MilvusServer {
 public:
  GrpcMilvusServer(gateway::Gateway& gateway, Observer observer)
      : table_(MakeMilvusTable(gateway)), service_(table_, std::move(observer)) {}
  ~GrpcMilvusServer() override {
    if (server_ != nullptr) Drain(std::chrono::milliseconds(0));
  }
  GrpcMilvusServer(const GrpcMilvusServer&) = delete;
  GrpcMilvusServer& operator=(const GrpcMilvusServer&) = delete;

  Status Listen(const MilvusServerOptions& options) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(options.address, grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service_);
    builder.SetMaxReceiveMessageSize(options.max_message_bytes);
    builder.SetMaxSendMessageSize(-1);
    // Milvus' clients ping every 10 s without calls; gRPC's default answers that with GOAWAY.
    builder.AddChannelArgument("grpc.http2.min_ping_interval_without_data_ms", 5000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
    // Two servers on one port would each get some of the calls.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    // gRPC makes a thread for a call when fewer than the least number wait for one, and lets it go
    // when more than the most would wait afterwards: by its defaults, 1 and 2, for nearly each call
    // of a few clients.
    using Threads = grpc::ServerBuilder::SyncServerOption;
    builder.SetSyncServerOption(Threads::NUM_CQS, Queues(options.max_threads));
    builder.SetSyncServerOption(Threads::MIN_POLLERS, kLeastPollers);
    builder.SetSyncServerOption(Threads::MAX_POLLERS, kMostPollers);
    grpc::ResourceQuota quota;
    quota.SetMaxThreads(options.max_threads);
    builder.SetResourceQuota(quota);
    server_ = builder.BuildAndStart();
    if (server_ != nullptr && port_ != 0) return Ok();
    return Unavailable(
        "cannot listen for gRPC on " + options.address +
            ": is another process listening there? Choose another address with --grpc-addr",
        Subject::kConfig);
  }

  [[nodiscard]] int port() const override { return port_; }
  void Drain(std::chrono::milliseconds bound) override {
    server_->Shutdown(std::chrono::system_clock::now() + bound);
    server_->Wait();
  }

 private:
  RpcTable table_;
  RpcService service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace

RpcTable MakeMilvusTable(gateway::Gateway& gateway) {
  RpcTable table;
  AddSystemVerbs(table, gateway);
  AddDatabaseVerbs(table, gateway);
  AddCollectionVerbs(table, gateway);
  AddPartitionVerbs(table, gateway);
  AddLoadVerbs(table, gateway);
  AddAliasVerbs(table, gateway);
  AddIndexVerbs(table, gateway);
  AddDataVerbs(table, gateway);
  AddFlushVerbs(table, gateway);
  return table;
}

Result<std::unique_ptr<MilvusServer>> MilvusServer::Start(const MilvusServerOptions& options,
                                                          gateway::Gateway& gateway,
                                                          Observer observer) {
  // protobuf would print a line of its own for each text that is not UTF-8: whoever sends such
  // texts could flood the log. The caller is told by the call's status.
  google::protobuf::SetLogHandler(nullptr);
  auto server = std::make_unique<GrpcMilvusServer>(gateway, std::move(observer));
  VG_RETURN_IF_ERROR(server->Listen(options));
  return std::unique_ptr<MilvusServer>(std::move(server));
}

}  // namespace vecgate::milvus_grpc

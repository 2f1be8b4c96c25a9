// MilvusServer: the gRPC face on one address.
//
// Thread safety: Start once; Drain from any one thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/milvus_grpc/rpc_table.h"
#include "base/result.h"
#include "gateway/gateway.h"

namespace vecgate::milvus_grpc {

struct MilvusServerOptions {
  std::string address = "127.0.0.1:19530";
  int max_message_bytes = 64 << 20;
  int max_threads = 64;
};

/// Every verb that vecgate serves. The gateway is borrowed.
RpcTable MakeMilvusTable(gateway::Gateway& gateway);

class MilvusServer {
 public:
  using Observer = std::function<void(std::string_view method, const Call& call,
                                      const Status& outcome, std::chrono::nanoseconds took)>;

  /// Listens when it returns. The gateway is borrowed. kUnavailable when the address cannot be had.
  static Result<std::unique_ptr<MilvusServer>> Start(const MilvusServerOptions& options,
                                                     gateway::Gateway& gateway, Observer observer);
  virtual ~MilvusServer() = default;

  /// The port that was bound; useful when the address asked for port 0.
  [[nodiscard]] virtual int port() const = 0;
  /// Stops accepting, lets running calls end, and cuts those that still run after `bound`.
  virtual void Drain(std::chrono::milliseconds bound) = 0;
};

}  // namespace vecgate::milvus_grpc

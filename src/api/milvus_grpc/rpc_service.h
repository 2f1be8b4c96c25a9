// RpcService: an RpcTable on the wire, as a gRPC service; and the answer to every other method.
//
// Messages cross gRPC as byte buffers, so that gRPC's templates are instantiated once and not for
// each verb. Thread safety: as gRPC's synchronous services; handlers run on its threads.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "api/milvus_grpc/rpc_table.h"

namespace vecgate::milvus_grpc {

/// Sees each call when it ended.
using CallObserver = std::function<void(std::string_view method, const Call& call,
                                        const Status& outcome, std::chrono::nanoseconds took)>;

class RpcService : public grpc::Service {
 public:
  /// The table is borrowed and must be complete.
  RpcService(const RpcTable& table, CallObserver observer);

 private:
  grpc::Status Serve(const std::string& method, const Verb& verb, const grpc::ServerContext& server,
                     const grpc::ByteBuffer& request, grpc::ByteBuffer& response) const;

  CallObserver observer_;
  std::deque<std::string> paths_;  ///< gRPC keeps pointers to the names; a deque never moves them.
};

/// UNIMPLEMENTED with the method's name, for every method that no service serves: clients treat
/// that as "this server lacks it" and do not retry.
class UnknownMethods : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;
};

}  // namespace vecgate::milvus_grpc

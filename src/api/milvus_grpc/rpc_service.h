// RpcService: an RpcTable on the wire, as a gRPC service; and the answer to every other method of
// the Milvus API.
//
// Messages cross gRPC as byte buffers, so that gRPC's templates are instantiated once and not for
// each verb. Thread safety: as gRPC's synchronous services; handlers run on its threads.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/service_type.h>

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "api/milvus_grpc/rpc_table.h"

namespace vecgate::milvus_grpc {

/// Sees each call of a verb when it ended.
using CallObserver = std::function<void(std::string_view method, const Call& call,
                                        const Status& outcome, std::chrono::nanoseconds took)>;

class RpcService : public grpc::Service {
 public:
  /// The table is borrowed and must be complete.
  RpcService(const RpcTable& table, CallObserver observer);

 private:
  using Method =
      std::function<grpc::Status(const grpc::ServerContext& server, const grpc::ByteBuffer& request,
                                 grpc::ByteBuffer& response)>;

  void AddMethod(const std::string& name, Method method);
  /// UNIMPLEMENTED with the method's name, for each method of the API that the table lacks: clients
  /// treat that as "this server lacks it" and do not retry. A generic service could answer any name
  /// at all, but gRPC would then poll the connections by threads of its own, and every call of a
  /// verb would change threads once more.
  void AddUnserved(const RpcTable& table);
  grpc::Status Serve(const std::string& method, const Verb& verb, const grpc::ServerContext& server,
                     const grpc::ByteBuffer& request, grpc::ByteBuffer& response) const;

  CallObserver observer_;
  std::deque<std::string> paths_;  ///< gRPC keeps pointers to the names; a deque never moves them.
};

}  // namespace vecgate::milvus_grpc

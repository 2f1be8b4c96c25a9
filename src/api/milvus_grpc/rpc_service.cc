#include "api/milvus_grpc/rpc_service.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <grpcpp/impl/codegen/method_handler.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/rpc_service_method.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include <algorithm>

#include "base/check.h"
#include "base/uuid.h"

namespace vecgate::milvus_grpc {
namespace {

constexpr const char* kService = "milvus.proto.milvus.MilvusService";

std::string MetadataOf(const grpc::ServerContext& server, const char* key) {
  const auto found = server.client_metadata().find(key);
  if (found == server.client_metadata().end()) return "";
  return {found->second.data(), found->second.size()};
}

/// What is kept of a caller's time for the way back. Without it the caller's own clock ends the
/// call in the moment in which the answer would say what held it up.
std::chrono::nanoseconds TimeForAnswer(std::chrono::nanoseconds left) {
  constexpr std::chrono::nanoseconds kMost = std::chrono::milliseconds(250);
  return std::min(left / 20, kMost);
}

/// When the work for this call must end.
std::chrono::steady_clock::time_point WorkDeadline(const grpc::ServerContext& server) {
  constexpr auto kNever = std::chrono::steady_clock::time_point::max();
  constexpr auto kFarAway = std::chrono::hours(24 * 365);
  const auto deadline = server.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return kNever;
  const auto left = deadline - std::chrono::system_clock::now();
  if (left > kFarAway) return kNever;
  return std::chrono::steady_clock::now() + left - TimeForAnswer(left);
}

Call MakeCall(const grpc::ServerContext& server) {
  Call call;
  call.context.deadline = WorkDeadline(server);
  call.metadata_database = MetadataOf(server, "dbname");
  call.context.request_id = MetadataOf(server, "x-request-id");
  if (call.context.request_id.empty())
    call.context.request_id = MetadataOf(server, "client-request-id");
  if (call.context.request_id.empty()) call.context.request_id = NewUuid();
  return call;
}

}  // namespace

RpcService::RpcService(const RpcTable& table, CallObserver observer)
    : observer_(std::move(observer)) {
  for (const auto& [name, verb] : table.verbs()) {
    AddMethod(name, [this, &name = name, &verb = verb](const auto& server, const auto& request,
                                                       auto& response) {
      return Serve(name, verb, server, request, response);
    });
  }
  AddUnserved(table);
}

void RpcService::AddMethod(const std::string& name, Method method) {
  using grpc::ByteBuffer;
  const std::string& path = paths_.emplace_back(fmt::format("/{}/{}", kService, name));
  auto serve = [method = std::move(method)](RpcService*, grpc::ServerContext* server,
                                            const ByteBuffer* request, ByteBuffer* response) {
    return method(*server, *request, *response);
  };
  grpc::Service::AddMethod(new grpc::internal::RpcServiceMethod(
      path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC,
      new grpc::internal::RpcMethodHandler<RpcService, ByteBuffer, ByteBuffer>(std::move(serve),
                                                                               this)));
}

void RpcService::AddUnserved(const RpcTable& table) {
  const auto* service =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(kService);
  VG_CHECK(service != nullptr);
  for (int i = 0; i < service->method_count(); ++i) {
    const std::string& name = service->method(i)->name();
    // A stream may never send the message that a call waits for; gRPC itself refuses those.
    const bool is_stream = service->method(i)->client_streaming();
    if (is_stream || table.verbs().contains(name)) continue;
    AddMethod(name, [name](const auto&, const auto&, auto&) {
      return grpc::Status(grpc::StatusCode::UNIMPLEMENTED,
                          "method " + name + " is not implemented by vecgate");
    });
  }
}

grpc::Status RpcService::Serve(const std::string& method, const Verb& verb,
                               const grpc::ServerContext& server, const grpc::ByteBuffer& request,
                               grpc::ByteBuffer& response) const {
  const auto begin = std::chrono::steady_clock::now();
  const Call call = MakeCall(server);
  const auto in = verb.new_request();
  {
    grpc::ByteBuffer bytes(request);  // A reference to the same slices; the reader consumes it.
    grpc::ProtoBufferReader reader(&bytes);
    if (!reader.status().ok() || !in->ParseFromZeroCopyStream(&reader)) {
      return {grpc::StatusCode::INVALID_ARGUMENT, method + ": the request is not a valid message"};
    }
  }
  const auto out = verb.new_response();
  const Status outcome = verb.Run(call, *in, *out);
  observer_(method, call, outcome, std::chrono::steady_clock::now() - begin);
  if (!outcome.ok() && outcome.error().code == Code::kDeadlineExceeded) {
    return {grpc::StatusCode::DEADLINE_EXCEEDED, outcome.error().message};
  }
  bool own_buffer = false;
  return grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::MessageLite>(
      *out, &response, &own_buffer);
}

}  // namespace vecgate::milvus_grpc

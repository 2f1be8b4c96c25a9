#include "api/milvus_client/milvus_channel.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include "api/milvus_client/server_address.h"

namespace vecgate::milvus_client {
namespace {

using google::protobuf::MessageLite;

constexpr int kMostCode = static_cast<int>(Code::kUnauthenticated);

/// Names and numbers of Code are gRPC's.
Code CodeOf(grpc::StatusCode code) {
  const int number = static_cast<int>(code);
  return number < 0 || number > kMostCode ? Code::kUnknown : static_cast<Code>(number);
}

/// Of a Status that is not a success. Old servers fill error_code alone.
Code CodeOf(const milvus::proto::common::Status& status) {
  constexpr int32_t kCollectionNotFound = 100;
  constexpr int32_t kIndexNotFound = 700;
  constexpr int32_t kDatabaseNotFound = 800;
  constexpr int32_t kParameterInvalid = 1100;
  switch (status.code()) {
    case kCollectionNotFound:
    case kIndexNotFound:
    case kDatabaseNotFound: return Code::kNotFound;
    case kParameterInvalid: return Code::kInvalidArgument;
    default: break;
  }
  // Milvus 2.3 has no number for a missing collection in some answers, its text is what is stable.
  const bool is_missing = status.error_code() == milvus::proto::common::CollectionNotExists ||
                          status.reason().find("can't find collection") != std::string::npos;
  return is_missing ? Code::kNotFound : Code::kUnknown;
}

}  // namespace

Result<std::unique_ptr<MilvusChannel>> MilvusChannel::Open(const ChannelOptions& options,
                                                           std::chrono::milliseconds bound) {
  VG_ASSIGN_OR_RETURN(const std::string address, AddressOf(options.uri));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  // Channels to one address would share one connection, and clients would wait for each other.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  auto channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + bound)) {
    return Unavailable(
        fmt::format("{}: no server answers within {} s; is it running, and is this "
                    "its gRPC port?",
                    options.uri, static_cast<double>(bound.count()) / 1000));
  }
  return std::unique_ptr<MilvusChannel>(new MilvusChannel(options, std::move(channel)));
}

Status MilvusChannel::Send(const char* method, const MessageLite& request, MessageLite& response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + options_.call_timeout);
  if (!options_.authorization.empty()) {
    context.AddMetadata("authorization", options_.authorization);
  }
  if (!identifier_.empty()) context.AddMetadata("identifier", identifier_);
  const std::string path = std::string("/milvus.proto.milvus.MilvusService/") + method;
  grpc::TemplatedGenericStub<MessageLite, MessageLite> stub(channel_);
  grpc::CompletionQueue done;
  const auto call = stub.PrepareUnaryCall(&context, path, request, &done);
  grpc::Status status;
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  // The deadline bounds it.
  void* tag = nullptr;
  bool ok = false;
  done.Next(&tag, &ok);
  if (status.ok()) return Ok();
  return Error{CodeOf(status.error_code()),
               fmt::format("{}: {}: {}", options_.uri, method, status.error_message())};
}

Status MilvusChannel::Outcome(const char* method,
                              const milvus::proto::common::Status& status) const {
  if (status.code() == 0 && status.error_code() == milvus::proto::common::Success) return Ok();
  const int number = status.code() != 0 ? status.code() : static_cast<int>(status.error_code());
  return Error{CodeOf(status), fmt::format("{}: {}: the server answered {}: {}", options_.uri,
                                           method, number, status.reason())};
}

}  // namespace vecgate::milvus_client

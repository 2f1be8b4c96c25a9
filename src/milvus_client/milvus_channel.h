// MilvusChannel: a server of the Milvus API, and its methods as blocking calls.
//
// Calls are spread over a few HTTP/2 connections, which gRPC opens when they are first needed and
// again after they broke; pings notice a peer that fell silent. A call ends at its context's
// deadline or after `call_timeout`, whichever is first, and soon after it is called off.
//
// What can go wrong is an Error: gRPC's own failures keep their code, an answer whose Status is not
// a success becomes what milvus_wire/status.h says. Each message names server and method, and none
// holds the token.
//
// Thread safety: calls from any thread. Ownership: owns the connections.
#pragma once

#include <google/protobuf/message_lite.h>
#include <grpcpp/channel.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "base/function_ref.h"
#include "base/op_context.h"
#include "base/result.h"
#include "base/secret.h"
#include "common.pb.h"
#include "milvus_wire/status.h"

namespace vecgate::milvus_client {

struct ChannelOptions {
  std::string uri;
  /// "user:password" or a key; empty: none.
  Secret<std::string> token;
  /// Of every call; empty: the server's default.
  std::string database;
  /// Whom to trust with https, as PEM; empty: whom the system trusts.
  std::string ca_pem;
  std::chrono::milliseconds call_timeout{60'000};
  size_t connections = 1;
};

class MilvusChannel {
 public:
  /// Connects to nobody yet. kInvalidArgument for the URI.
  static Result<std::unique_ptr<MilvusChannel>> Open(ChannelOptions options);

  /// kUnavailable when nobody answers within `bound`.
  Status AwaitConnection(std::chrono::milliseconds bound);

  /// Sent with every later call: what the server's Connect answered. REQUIRES: no call is under
  /// way.
  void SetIdentifier(const std::string& identifier) { identifier_ = identifier; }

  [[nodiscard]] const ChannelOptions& options() const { return options_; }

  /// Fails only as a call; what its Status says is left to the caller.
  Status Send(const OpContext& context, const char* method,
              const google::protobuf::MessageLite& request,
              google::protobuf::MessageLite& response);

  /// As Send, and an answer that is not a success is an Error.
  template <typename Response>
  Status Call(const OpContext& context, const char* method,
              const google::protobuf::MessageLite& request, Response& response) {
    VG_RETURN_IF_ERROR(Send(context, method, request, response));
    if constexpr (std::is_same_v<Response, milvus::proto::common::Status>) {
      return Outcome(method, response);
    } else {
      return Outcome(method, response.status());
    }
  }

  /// As Call, and again while the server cannot be reached or asks for patience, with growing
  /// pauses, until the context's deadline or `call_timeout`. For what may be done twice.
  template <typename Response>
  Status CallPatiently(const OpContext& context, const char* method,
                       const google::protobuf::MessageLite& request, Response& response) {
    return Persist(context, [&](const OpContext& attempt) {
      response.Clear();
      return Call(attempt, method, request, response);
    });
  }

 private:
  using Channels = std::vector<std::shared_ptr<grpc::Channel>>;

  MilvusChannel(ChannelOptions options, Channels channels, std::string authorization)
      : options_(std::move(options)),
        channels_(std::move(channels)),
        authorization_(std::move(authorization)) {}

  [[nodiscard]] Status Outcome(const char* method,
                               const milvus::proto::common::Status& status) const;
  /// Returns early when the next call's connection is there.
  void AwaitNextConnection(const OpContext& context) const;
  Status Persist(const OpContext& context, FunctionRef<Status(const OpContext&)> attempt) const;

  const ChannelOptions options_;
  const Channels channels_;
  const Secret<std::string> authorization_;  ///< As the metadata carries it.
  std::string identifier_;
  std::atomic<size_t> next_{0};
};

}  // namespace vecgate::milvus_client

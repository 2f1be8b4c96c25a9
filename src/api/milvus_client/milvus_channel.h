// MilvusChannel: one HTTP/2 connection to a server, and its methods as blocking calls.
//
// What can go wrong is an Error: gRPC's own failures keep their code, an answer whose Status is not
// a success becomes the code that fits Milvus' number. Each message names server and method.
//
// Thread safety: calls from any thread. Ownership: owns the connection.
#pragma once

#include <google/protobuf/message_lite.h>
#include <grpcpp/channel.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "common.pb.h"

namespace vecgate::milvus_client {

struct ChannelOptions {
  std::string uri;
  /// As the metadata key `authorization` carries it; empty: none.
  std::string authorization;
  std::chrono::milliseconds call_timeout{60'000};
};

class MilvusChannel {
 public:
  /// Connects within `bound`; kUnavailable when nobody answers.
  static Result<std::unique_ptr<MilvusChannel>> Open(const ChannelOptions& options,
                                                     std::chrono::milliseconds bound);

  /// Sent with every later call: what the server's Connect answered.
  void SetIdentifier(const std::string& identifier) { identifier_ = identifier; }

  /// Fails only as a call; what its Status says is left to the caller.
  Status Send(const char* method, const google::protobuf::MessageLite& request,
              google::protobuf::MessageLite& response);

  /// As Send, and an answer that is not a success is an Error.
  template <typename Response>
  Status Call(const char* method, const google::protobuf::MessageLite& request,
              Response& response) {
    VG_RETURN_IF_ERROR(Send(method, request, response));
    if constexpr (std::is_same_v<Response, milvus::proto::common::Status>) {
      return Outcome(method, response);
    } else {
      return Outcome(method, response.status());
    }
  }

 private:
  MilvusChannel(ChannelOptions options, std::shared_ptr<grpc::Channel> channel)
      : options_(std::move(options)), channel_(std::move(channel)) {}

  [[nodiscard]] Status Outcome(const char* method,
                               const milvus::proto::common::Status& status) const;

  ChannelOptions options_;
  std::shared_ptr<grpc::Channel> channel_;
  std::string identifier_;
};

}  // namespace vecgate::milvus_client

#include "milvus_client/milvus_channel.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "milvus_client/retry.h"
#include "milvus_client/server_address.h"

namespace vecgate::milvus_client {
namespace {

using google::protobuf::MessageLite;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr int kMostCode = static_cast<int>(Code::kUnauthenticated);
/// How soon a call notices that it was called off.
constexpr milliseconds kLookInterval{10};
/// Milvus takes pings every 5 s at most.
constexpr int kPingIntervalMs = 10'000;
constexpr int kPingTimeoutMs = 5'000;
/// A server that comes back is found soon.
constexpr int kFirstReconnectMs = 100;
constexpr int kLongestReconnectMs = 2'000;
/// What takes a connection and says nothing is left after this.
constexpr int kConnectTimeoutMs = 5'000;
/// Longest wait for a connection before an attempt.
constexpr milliseconds kConnectionWait{500};

/// Names and numbers of Code are gRPC's.
Code CodeOf(grpc::StatusCode code) {
  const int number = static_cast<int>(code);
  return number < 0 || number > kMostCode ? Code::kUnknown : static_cast<Code>(number);
}

grpc::ChannelArguments ArgumentsOfEveryChannel() {
  grpc::ChannelArguments out;
  out.SetMaxReceiveMessageSize(-1);
  out.SetMaxSendMessageSize(-1);
  // Channels to one address would share one connection, and clients would wait for each other.
  out.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  out.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kPingIntervalMs);
  out.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeoutMs);
  out.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  out.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  // By its name a pause, in fact how long an attempt to connect may take.
  out.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  out.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestReconnectMs);
  return out;
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsFor(const ServerAddress& address,
                                                         const std::string& ca_pem) {
  if (!address.is_tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = ca_pem;
  return grpc::SslCredentials(tls);
}

SteadyClock::time_point EndOf(const OpContext& context, milliseconds call_timeout) {
  return std::min(context.deadline, SteadyClock::now() + call_timeout);
}

std::chrono::system_clock::time_point OnWallClock(SteadyClock::time_point end) {
  return std::chrono::system_clock::now() +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(end - SteadyClock::now());
}

/// Waits for the one event of `queue`; the call's own deadline bounds it.
void AwaitEvent(const OpContext& context, grpc::ClientContext& call, grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  if (context.cancelled == nullptr) {
    queue.Next(&tag, &ok);
    return;
  }
  while (queue.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + kLookInterval) ==
         grpc::CompletionQueue::TIMEOUT) {
    if (context.cancelled->load(std::memory_order_relaxed)) call.TryCancel();
  }
}

}  // namespace

Result<std::unique_ptr<MilvusChannel>> MilvusChannel::Open(ChannelOptions options) {
  VG_ASSIGN_OR_RETURN(const ServerAddress address, ParseServerUri(options.uri));
  const auto credentials = CredentialsFor(address, options.ca_pem);
  const grpc::ChannelArguments arguments = ArgumentsOfEveryChannel();
  Channels channels;
  for (size_t i = 0; i < std::max<size_t>(1, options.connections); ++i) {
    channels.push_back(grpc::CreateCustomChannel(address.Target(), credentials, arguments));
  }
  const std::string& token = options.token.Reveal();
  std::string authorization = token.empty() ? "" : EncodeBase64(token);
  return std::unique_ptr<MilvusChannel>(
      new MilvusChannel(std::move(options), std::move(channels), std::move(authorization)));
}

Status MilvusChannel::AwaitConnection(milliseconds bound) {
  if (channels_.front()->WaitForConnected(std::chrono::system_clock::now() + bound)) return Ok();
  return Unavailable(
      fmt::format("{}: no server answers within {} s; is it running, and is this its gRPC port?",
                  options_.uri, static_cast<double>(bound.count()) / 1000));
}

void MilvusChannel::AwaitNextConnection(const OpContext& context) const {
  // gRPC makes connections only while somebody waits for them or for an answer.
  const auto& channel = channels_[next_.load(std::memory_order_relaxed) % channels_.size()];
  const auto end = std::min(context.deadline, SteadyClock::now() + kConnectionWait);
  while (context.Check().ok() && SteadyClock::now() < end) {
    if (channel->WaitForConnected(std::chrono::system_clock::now() + kLookInterval)) return;
  }
}

Status MilvusChannel::Send(const OpContext& context, const char* method, const MessageLite& request,
                           MessageLite& response) {
  VG_RETURN_IF_ERROR(context.Check());
  grpc::ClientContext call_context;
  call_context.set_deadline(OnWallClock(EndOf(context, options_.call_timeout)));
  if (!authorization_.empty()) {
    call_context.AddMetadata("authorization", authorization_.Reveal());
  }
  if (!options_.database.empty()) call_context.AddMetadata("dbname", options_.database);
  if (!identifier_.empty()) call_context.AddMetadata("identifier", identifier_);
  const std::string path = std::string("/milvus.proto.milvus.MilvusService/") + method;
  const auto& channel = channels_[next_.fetch_add(1, std::memory_order_relaxed) % channels_.size()];
  grpc::TemplatedGenericStub<MessageLite, MessageLite> stub(channel);
  grpc::CompletionQueue done;
  const auto call = stub.PrepareUnaryCall(&call_context, path, request, &done);
  grpc::Status status;
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  AwaitEvent(context, call_context, done);
  if (status.ok()) return Ok();
  // The context knows better than gRPC whose deadline it was.
  if (Status ended = context.Check(); !ended.ok()) {
    const bool is_connected = channel->GetState(false) == GRPC_CHANNEL_READY;
    return ended.error().Within(fmt::format("{}: {}{}", options_.uri, method,
                                            is_connected ? "" : ": not connected to the server"));
  }
  return Error{CodeOf(status.error_code()),
               fmt::format("{}: {}: {}", options_.uri, method, status.error_message())};
}

Status MilvusChannel::Outcome(const char* method,
                              const milvus::proto::common::Status& status) const {
  Status outcome = milvus_wire::StatusOf(status);
  if (outcome.ok()) return Ok();
  return outcome.error().Within(fmt::format("{}: {}", options_.uri, method));
}

Status MilvusChannel::Persist(const OpContext& context,
                              FunctionRef<Status(const OpContext&)> attempt) const {
  OpContext bounded = context;
  bounded.deadline = EndOf(context, options_.call_timeout);
  bool is_first = true;
  return PersistUntil(bounded, context, [&](const OpContext& within) {
    if (!std::exchange(is_first, false)) AwaitNextConnection(within);
    return attempt(within);
  });
}

}  // namespace vecgate::milvus_client

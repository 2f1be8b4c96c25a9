// Calls against a server of this process that answers as a test wants.
#include "milvus_client/milvus_channel.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "base/guarded.h"
#include "milvus.pb.h"

namespace vecgate::milvus_client {
namespace {

namespace api = ::milvus::proto::milvus;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

using Metadata = std::multimap<std::string, std::string>;
/// What the n-th call is answered; nothing: never, until the client gives up.
using Script = std::function<std::optional<grpc::Status>(int number)>;

/// Answers every method with an empty message, or as the script says.
class ScriptedServer : public grpc::CallbackGenericService {
 public:
  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
  }
  ~ScriptedServer() override {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::string uri() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int calls() { return seen_.Lock()->calls; }
  std::string LastValueOf(const std::string& key) {
    const auto seen = seen_.Lock();
    const auto found = seen->metadata.find(key);
    return found == seen->metadata.end() ? "" : found->second;
  }

 private:
  struct Seen {
    int calls = 0;
    Metadata metadata;
  };

  class Reactor : public grpc::ServerGenericBidiReactor {
   public:
    explicit Reactor(std::optional<grpc::Status> outcome) : outcome_(std::move(outcome)) {
      StartRead(&request_);
    }
    void OnReadDone(bool /*ok*/) override {
      if (!outcome_) return;
      if (outcome_->ok()) {
        StartWriteAndFinish(&empty_, {}, *outcome_);
      } else {
        Finish(*outcome_);
      }
    }
    void OnCancel() override {
      if (!outcome_) Finish(grpc::Status::CANCELLED);
    }
    void OnDone() override { delete this; }

   private:
    std::optional<grpc::Status> outcome_;
    grpc::ByteBuffer request_;
    grpc::Slice nothing_;
    grpc::ByteBuffer empty_{&nothing_, 1};
  };

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    const auto seen = seen_.Lock();
    seen->metadata.clear();
    for (const auto& [key, value] : context->client_metadata()) {
      seen->metadata.emplace(std::string(key.data(), key.size()),
                             std::string(value.data(), value.size()));
    }
    return new Reactor(script_(seen->calls++));
  }

  Script script_;
  int port_ = 0;
  Guarded<Seen> seen_;
  std::unique_ptr<grpc::Server> server_;
};

std::unique_ptr<MilvusChannel> ChannelTo(const ScriptedServer& server,
                                         ChannelOptions options = {}) {
  options.uri = server.uri();
  auto channel = MilvusChannel::Open(std::move(options));
  EXPECT_TRUE(channel.ok());
  return std::move(*channel);
}

Status Ask(MilvusChannel& channel, const OpContext& context) {
  api::GetVersionResponse response;
  return channel.Call(context, "GetVersion", api::GetVersionRequest(), response);
}

TEST(MilvusChannelTest, SendsTokenAndDatabaseAndPrintsNoToken) {
  ScriptedServer server(
      [](int) { return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "who?"); });
  const auto channel =
      ChannelTo(server, {.token = Secret<std::string>("root:hunter2"), .database = "sales"});
  const Status asked = Ask(*channel, OpContext());
  ASSERT_FALSE(asked.ok());
  EXPECT_EQ(asked.error().code, Code::kUnauthenticated);
  EXPECT_EQ(server.LastValueOf("authorization"), "cm9vdDpodW50ZXIy");
  EXPECT_EQ(server.LastValueOf("dbname"), "sales");
  EXPECT_THAT(asked.error().message, Not(HasSubstr("hunter2")));
  EXPECT_THAT(asked.error().message, HasSubstr(server.uri() + ": GetVersion: who?"));
}

TEST(MilvusChannelTest, ACallEndsAtItsDeadlineOrItsTimeout) {
  ScriptedServer server([](int) { return std::nullopt; });
  const auto patient = ChannelTo(server);
  const auto start = std::chrono::steady_clock::now();
  const Status late = Ask(*patient, OpContext::WithTimeout(milliseconds(50)));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
  const auto hasty = ChannelTo(server, {.call_timeout = milliseconds(50)});
  const Status timed_out = Ask(*hasty, OpContext());
  ASSERT_FALSE(timed_out.ok());
  EXPECT_EQ(timed_out.error().code, Code::kDeadlineExceeded);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(MilvusChannelTest, ACallThatRunsOutOfTimeBeforeAConnectionSaysSo) {
  // Connections wait in its queue and nobody speaks.
  const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(silent, 8), 0);
  ASSERT_EQ(::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto channel =
      MilvusChannel::Open({.uri = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port))})
          .value();
  const Status late = Ask(*channel, OpContext::WithTimeout(milliseconds(100)));
  ::close(silent);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
  EXPECT_THAT(late.error().message, HasSubstr("GetVersion: not connected to the server: "));
}

TEST(MilvusChannelTest, ACallThatIsCalledOffEnds) {
  ScriptedServer server([](int) { return std::nullopt; });
  const auto channel = ChannelTo(server);
  std::atomic<bool> cancelled{false};
  OpContext context;
  context.cancelled = &cancelled;
  Status outcome;
  std::jthread caller([&] { outcome = Ask(*channel, context); });
  while (server.calls() == 0) std::this_thread::yield();
  cancelled = true;
  caller.join();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, Code::kCancelled);
}

TEST(MilvusChannelTest, PatienceWaitsForAServerThatComesBack) {
  ScriptedServer server([](int number) {
    return number < 3 ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "starting") : grpc::Status::OK;
  });
  const auto channel = ChannelTo(server);
  api::GetVersionResponse response;
  EXPECT_TRUE(
      channel->CallPatiently(OpContext(), "GetVersion", api::GetVersionRequest(), response).ok());
  EXPECT_EQ(server.calls(), 4);
}

TEST(MilvusChannelTest, PatienceEndsInTimeWithTheReason) {
  ScriptedServer server(
      [](int) { return grpc::Status(grpc::StatusCode::UNAVAILABLE, "starting"); });
  api::GetVersionResponse response;
  const auto hasty = ChannelTo(server, {.call_timeout = milliseconds(150)});
  const Status given_up =
      hasty->CallPatiently(OpContext(), "GetVersion", api::GetVersionRequest(), response);
  ASSERT_FALSE(given_up.ok());
  EXPECT_EQ(given_up.error().code, Code::kUnavailable);
  EXPECT_THAT(given_up.error().message, HasSubstr("starting"));
  EXPECT_GT(server.calls(), 1);
}

TEST(MilvusChannelTest, PatienceIsForPassingFailuresAlone) {
  ScriptedServer server([](int) { return grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no"); });
  const auto channel = ChannelTo(server);
  api::GetVersionResponse response;
  const Status asked =
      channel->CallPatiently(OpContext(), "GetVersion", api::GetVersionRequest(), response);
  ASSERT_FALSE(asked.ok());
  EXPECT_EQ(asked.error().code, Code::kUnimplemented);
  EXPECT_EQ(server.calls(), 1);
}

TEST(MilvusChannelTest, ManyConnectionsAreOneServer) {
  ScriptedServer server([](int) { return grpc::Status::OK; });
  const auto channel = ChannelTo(server, {.connections = 3});
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(Ask(*channel, OpContext()).ok());
  EXPECT_EQ(server.calls(), 7);
}

}  // namespace
}  // namespace vecgate::milvus_client

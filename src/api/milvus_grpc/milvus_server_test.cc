// The server on a real socket: what the table cannot show.
#include "api/milvus_grpc/milvus_server.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <future>
#include <mutex>

#include "api/milvus_grpc/rpc_fixture.h"

namespace vecgate::milvus_grpc {
namespace {

using ::testing::HasSubstr;

class MilvusServerTest : public RpcFixture {
 protected:
  MilvusServerTest() {
    MilvusServerOptions options;
    options.address = "127.0.0.1:0";
    options.max_message_bytes = 1 << 20;
    server_ =
        MilvusServer::Start(options, *gateway_,
                            [this](std::string_view method, const Call& call,
                                   const vecgate::Status& outcome, std::chrono::nanoseconds) {
                              const std::lock_guard lock(mutex_);
                              observed_.push_back(std::string(method) + " " + call.Database("") +
                                                  (outcome.ok() ? " ok" : " failed"));
                            })
            .value();
    Connect();
  }
  void Connect() {
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                   grpc::InsecureChannelCredentials());
  }

  struct Answer {
    grpc::Status status;
    std::string bytes;
  };
  Answer Send(const std::string& method, const std::string& bytes,
              const std::string& database = "") {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    if (!database.empty()) context.AddMetadata("dbname", database);
    const grpc::Slice slice(bytes);
    grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::GenericStub stub(channel_);
    std::promise<grpc::Status> done;
    // Finishes by the deadline at the latest.
    stub.UnaryCall(&context, "/milvus.proto.milvus.MilvusService/" + method, grpc::StubOptions(),
                   &request, &response,
                   [&done](grpc::Status status) { done.set_value(std::move(status)); });
    Answer answer;
    answer.status = done.get_future().get();
    grpc::Slice flat;
    if (answer.status.ok() && response.DumpToSingleSlice(&flat).ok()) {
      answer.bytes.assign(reinterpret_cast<const char*>(flat.begin()), flat.size());
    }
    return answer;
  }
  std::vector<std::string> Observed() {
    const std::lock_guard lock(mutex_);
    return observed_;
  }

  std::mutex mutex_;
  std::vector<std::string> observed_;  // Guarded by mutex_.
  std::unique_ptr<MilvusServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(MilvusServerTest, ServesAVerb) {
  const Answer answer = Send("GetVersion", "");
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  api::GetVersionResponse response;
  ASSERT_TRUE(response.ParseFromString(answer.bytes));
  EXPECT_THAT(response.version(), HasSubstr("vecgate"));
}

TEST_F(MilvusServerTest, ServesByTheFewestThreadsThatMayBeSet) {
  MilvusServerOptions options;
  options.address = "127.0.0.1:0";
  options.max_threads = 4;
  const auto ignore = [](std::string_view, const Call&, const vecgate::Status&,
                         std::chrono::nanoseconds) {};
  server_ = MilvusServer::Start(options, *gateway_, ignore).value();
  Connect();
  for (int call = 0; call < 8; ++call) EXPECT_TRUE(Send("GetVersion", "").status.ok());
}

TEST_F(MilvusServerTest, AMethodOfTheApiThatIsNotServedIsUnimplementedAndNamed) {
  const Answer answer = Send("RunAnalyzer", "");
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(answer.status.error_message(), "method RunAnalyzer is not implemented by vecgate");
}

TEST_F(MilvusServerTest, AMethodThatTheApiLacksIsUnimplemented) {
  EXPECT_EQ(Send("OperatePrivilegeV9", "").status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(MilvusServerTest, BytesThatAreNoMessageAreAnInvalidArgument) {
  const Answer answer = Send("Search", "\xff\xff\xff\xff garbage");
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(answer.status.error_message(), HasSubstr("Search"));
  EXPECT_TRUE(Send("GetVersion", "").status.ok()) << "the server goes on";
}

TEST_F(MilvusServerTest, AnErrorOfAVerbIsAnAnswerAndIsObserved) {
  api::DescribeCollectionRequest request;
  request.set_collection_name("none");
  const Answer answer = Send("DescribeCollection", request.SerializeAsString(), "nowhere");
  ASSERT_TRUE(answer.status.ok()) << "Milvus' clients read the Status in the answer";
  api::DescribeCollectionResponse response;
  ASSERT_TRUE(response.ParseFromString(answer.bytes));
  EXPECT_EQ(response.status().code(), 800) << "the database of the metadata counts";
  ASSERT_EQ(Observed(), (std::vector<std::string>{"DescribeCollection nowhere failed"}));
}

TEST_F(MilvusServerTest, AMessageThatIsTooLargeIsRefused) {
  const Answer answer = Send("Insert", std::string(2 << 20, '\0'));
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(MilvusServerTest, ATakenAddressIsAnErrorThatSaysWhatToDo) {
  MilvusServerOptions options;
  options.address = "127.0.0.1:" + std::to_string(server_->port());
  const auto second = MilvusServer::Start(options, *gateway_, [](auto&&...) {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr(options.address));
  EXPECT_THAT(second.error().message, HasSubstr("--grpc-addr"));
}

TEST_F(MilvusServerTest, AfterDrainNothingIsServed) {
  ASSERT_TRUE(Send("GetVersion", "").status.ok());
  server_->Drain(std::chrono::milliseconds(100));
  EXPECT_EQ(Send("GetVersion", "").status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace vecgate::milvus_grpc

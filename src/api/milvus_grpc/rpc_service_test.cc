// RpcService beside gRPC's own rules: whose clock ends a call.
#include "api/milvus_grpc/rpc_service.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>

#include "base/pause.h"
#include "milvus.pb.h"

namespace vecgate::milvus_grpc {
namespace {

using ::testing::HasSubstr;

/// A verb that works until its time is over, and then says what held it up.
Status WorkUntilTheEnd(const Call& call, const pb::milvus::GetVersionRequest&,
                       pb::milvus::GetVersionResponse&) {
  while (call.context.Check().ok()) Pause(std::chrono::milliseconds(1));
  return Error{Code::kDeadlineExceeded, "waited for a server that is away"};
}

TEST(RpcServiceTest, ACallThatRunsOutOfTimeStillHearsWhatHeldItUp) {
  RpcTable table;
  table.Add<pb::milvus::GetVersionRequest, pb::milvus::GetVersionResponse>("GetVersion",
                                                                           WorkUntilTheEnd);
  RpcService service(table, [](auto&&...) {});
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);

  grpc::GenericStub stub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(2));
  const grpc::Slice nothing("");
  const grpc::ByteBuffer request(&nothing, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  // Finishes by the deadline at the latest.
  stub.UnaryCall(&context, "/milvus.proto.milvus.MilvusService/GetVersion", grpc::StubOptions(),
                 &request, &response,
                 [&done](grpc::Status status) { done.set_value(std::move(status)); });
  const grpc::Status status = done.get_future().get();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_THAT(status.error_message(), HasSubstr("waited for a server that is away"));
}

}  // namespace
}  // namespace vecgate::milvus_grpc

#include "engines/milvus/server_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engines/milvus/milvus_engine.h"

namespace vecgate::milvus_engine {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

MilvusOptions Sound() {
  MilvusOptions out;
  out.uri = "http://127.0.0.1:19530";
  return out;
}

/// The words with which these options are refused; empty: they are not.
std::string RefusalOf(const MilvusOptions& options) {
  const auto opened = MilvusEngine::Open(options);
  if (opened.ok()) return "";
  EXPECT_EQ(opened.error().code, Code::kInvalidArgument);
  EXPECT_EQ(opened.error().subject, Subject::kConfig);
  return opened.error().message;
}

template <typename Change>
std::string RefusalAfter(Change&& change) {
  MilvusOptions options = Sound();
  change(options);
  return RefusalOf(options);
}

TEST(MilvusOptionsTest, SoundOptionsOpenWithoutAServer) { EXPECT_EQ(RefusalOf(Sound()), ""); }

TEST(MilvusOptionsTest, ARefusalNamesTheOptionAndWhatIsAllowed) {
  EXPECT_THAT(RefusalAfter([](auto& o) { o.uri = "ftp://x"; }),
              AllOf(HasSubstr("milvus.uri"), HasSubstr("ftp://x"), HasSubstr("http://HOST:PORT")));
  EXPECT_THAT(RefusalAfter([](auto& o) { o.uri = "https://"; }), HasSubstr("milvus.uri"));
  EXPECT_THAT(RefusalAfter([](auto& o) { o.channels = 0; }),
              AllOf(HasSubstr("milvus.channels"), HasSubstr("1 to 64"), HasSubstr("found 0")));
  EXPECT_THAT(RefusalAfter([](auto& o) { o.grpc_timeout = std::chrono::milliseconds(0); }),
              HasSubstr("milvus.grpc_timeout"));
  for (const char* prefix : {"", "1a", "a-b", "a\"b", "vecgate é"}) {
    EXPECT_THAT(RefusalAfter([&](auto& o) { o.name_prefix = prefix; }),
                HasSubstr("milvus.name_prefix"))
        << prefix;
  }
  EXPECT_THAT(RefusalAfter([](auto& o) { o.database = "a b"; }), HasSubstr("milvus.database"));
}

TEST(MilvusOptionsTest, AuthenticationIsByTokenOrByUser) {
  EXPECT_THAT(RefusalAfter([](auto& o) {
                o.token = Secret<std::string>("hunter2");
                o.user = "root";
                o.password = Secret<std::string>("hunter3");
              }),
              AllOf(HasSubstr("milvus.token"), Not(HasSubstr("hunter"))));
  EXPECT_THAT(RefusalAfter([](auto& o) { o.user = "root"; }), HasSubstr("milvus.password"));
  EXPECT_THAT(RefusalAfter([](auto& o) { o.password = Secret<std::string>("hunter2"); }),
              AllOf(HasSubstr("milvus.user"), Not(HasSubstr("hunter2"))));
  MilvusOptions options = Sound();
  options.user = "root";
  options.password = Secret<std::string>("pw");
  EXPECT_EQ(TokenOf(options).Reveal(), "root:pw");
}

TEST(MilvusOptionsTest, ZillizCloudWantsHttpsAndAKey) {
  const std::string host = "in03-0afab716eb46d7f.serverless.gcp-us-west1.cloud.zilliz.com";
  EXPECT_THAT(RefusalAfter([&](auto& o) { o.uri = "https://" + host; }),
              AllOf(HasSubstr("milvus.token"), HasSubstr("!!! NOT SET !!!")));
  EXPECT_THAT(RefusalAfter([&](auto& o) {
                o.uri = "http://" + host + ":19530";
                o.token = Secret<std::string>("hunter2");
              }),
              AllOf(HasSubstr("https://" + host), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(RefusalAfter([](auto& o) { o.uri = "http://x.ZillizCloud.com"; }),
              HasSubstr("https"));
  EXPECT_EQ(RefusalAfter([&](auto& o) {
              o.uri = "https://" + host;
              o.token = Secret<std::string>("key");
            }),
            "");
  // A name that only looks like it.
  EXPECT_EQ(RefusalAfter([](auto& o) { o.uri = "http://notzillizcloud.com:19530"; }), "");
}

}  // namespace
}  // namespace vecgate::milvus_engine

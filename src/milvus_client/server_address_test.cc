#include "milvus_client/server_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vecgate::milvus_client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

void ExpectAddress(const std::string& uri, const std::string& target, bool is_tls) {
  const auto address = ParseServerUri(uri);
  ASSERT_TRUE(address.ok()) << address.error().message;
  EXPECT_EQ(address->Target(), target) << uri;
  EXPECT_EQ(address->is_tls, is_tls) << uri;
}

TEST(ServerAddressTest, TakesTheSchemeAway) {
  ExpectAddress("http://127.0.0.1:19530", "127.0.0.1:19530", false);
  ExpectAddress("http://milvus.example.org:1/", "milvus.example.org:1", false);
  ExpectAddress("http://[::1]:65535", "[::1]:65535", false);
  ExpectAddress("https://milvus.example.org:19530", "milvus.example.org:19530", true);
}

TEST(ServerAddressTest, WithoutAPortItIsTheUsualOne) {
  ExpectAddress("http://localhost", "localhost:19530", false);
  ExpectAddress("https://in03.example.org/", "in03.example.org:443", true);
  ExpectAddress("https://[::1]", "[::1]:443", true);
}

TEST(ServerAddressTest, NamesWhatIsWrongAndWhatIsWanted) {
  for (const char* uri :
       {"", "localhost", "localhost:19530", "http://", "https://", "https://:443", "http://:19530",
        "http://localhost:", "http://localhost:0", "http://localhost:65536", "http://localhost:1x",
        "http://a:1/default", "http://a b", "ftp://localhost:19530"}) {
    const auto address = ParseServerUri(uri);
    ASSERT_FALSE(address.ok()) << uri;
    EXPECT_EQ(address.error().code, Code::kInvalidArgument) << uri;
    EXPECT_THAT(address.error().message,
                AllOf(HasSubstr(uri), HasSubstr("https://HOST:PORT is wanted")));
  }
}

TEST(ServerAddressTest, CredentialsInAUriAreRefusedAndNotRepeated) {
  const auto address = ParseServerUri("https://root:hunter2@localhost:19530");
  ASSERT_FALSE(address.ok());
  EXPECT_EQ(address.error().code, Code::kInvalidArgument);
  EXPECT_THAT(address.error().message, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace vecgate::milvus_client

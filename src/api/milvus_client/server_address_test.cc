#include "api/milvus_client/server_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vecgate::milvus_client {
namespace {

using ::testing::HasSubstr;

TEST(ServerAddressTest, TakesTheSchemeAway) {
  EXPECT_EQ(AddressOf("http://127.0.0.1:19530").value(), "127.0.0.1:19530");
  EXPECT_EQ(AddressOf("http://milvus.example.org:1/").value(), "milvus.example.org:1");
  EXPECT_EQ(AddressOf("http://[::1]:65535").value(), "[::1]:65535");
}

TEST(ServerAddressTest, NamesWhatIsWrongAndWhatIsWanted) {
  for (const char* uri :
       {"", "localhost", "localhost:19530", "http://", "http://localhost", "http://:19530",
        "http://localhost:", "http://localhost:0", "http://localhost:65536", "http://localhost:1x",
        "http://a:1/default", "ftp://localhost:19530"}) {
    const auto address = AddressOf(uri);
    ASSERT_FALSE(address.ok()) << uri;
    EXPECT_EQ(address.error().code, Code::kInvalidArgument) << uri;
    EXPECT_THAT(address.error().message,
                AllOf(HasSubstr(uri), HasSubstr("http://HOST:PORT is wanted")));
  }
  EXPECT_EQ(AddressOf("https://localhost:19530").error().code, Code::kUnimplemented);
}

}  // namespace
}  // namespace vecgate::milvus_client

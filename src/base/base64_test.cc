#include "base/base64.h"

#include <gtest/gtest.h>

namespace vecgate {
namespace {

TEST(Base64Test, EncodesTheExamplesOfRfc4648) {
  EXPECT_EQ(EncodeBase64(""), "");
  EXPECT_EQ(EncodeBase64("f"), "Zg==");
  EXPECT_EQ(EncodeBase64("fo"), "Zm8=");
  EXPECT_EQ(EncodeBase64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(EncodeBase64(std::string_view("\0\xff\xfe", 3)), "AP/+");
}

}  // namespace
}  // namespace vecgate

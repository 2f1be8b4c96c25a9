#include "api/native/multipart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"

namespace vecgate {
namespace {

using ::testing::HasSubstr;

constexpr const char* kType = "multipart/form-data; boundary=\"a b\"";

Result<std::vector<MultipartPart>> Parse(const std::string& body, size_t piece,
                                         const char* type = kType) {
  VG_ASSIGN_OR_RETURN(MultipartParser parser, MultipartParser::ForContentType(type));
  for (size_t at = 0; at < body.size(); at += piece) {
    VG_RETURN_IF_ERROR(parser.Feed(std::string_view(body).substr(at, piece)));
  }
  return parser.Finish();
}

std::string Part(const std::string& headers, const std::string& data) {
  return "--a b\r\n" + headers + "\r\n\r\n" + data + "\r\n";
}

TEST(MultipartTest, PartsInPiecesOfAnySize) {
  const std::string tricky = "\r\n--a\r\n--a \r\n\r\n-- a b";
  const std::string body =
      "preamble\r\n" +
      Part(
          "Content-Disposition: form-data; name=\"file\"; filename=\"a \\\"x\\\";b.txt\"\r\n"
          "Content-Type: text/plain",
          tricky) +
      Part("content-disposition: form-data; name=empty", "") +
      Part("Content-Disposition: form-data; name=\"z\"", std::string("\0\xff", 2)) +
      "--a b--\r\nepilogue";
  for (size_t piece = 1; piece <= body.size(); ++piece) {
    const auto parts = Parse(body, piece);
    ASSERT_TRUE(parts.ok()) << piece << ": " << parts.error().message;
    ASSERT_EQ(parts->size(), 3U);
    EXPECT_EQ((*parts)[0].name, "file");
    EXPECT_EQ((*parts)[0].file_name, "a \"x\";b.txt");
    EXPECT_EQ((*parts)[0].content_type, "text/plain");
    EXPECT_EQ((*parts)[0].data, tricky);
    EXPECT_EQ((*parts)[1].name, "empty");
    EXPECT_EQ((*parts)[1].data, "");
    EXPECT_EQ((*parts)[2].data, std::string("\0\xff", 2));
  }
}

TEST(MultipartTest, BrokenBodiesAreErrors) {
  EXPECT_THAT(Parse("", 1).error().message, HasSubstr("closing boundary"));
  EXPECT_FALSE(Parse(Part("Content-Disposition: form-data; name=a", "x"), 5).ok());
  EXPECT_FALSE(Parse(Part("X: y", "x") + "--a b--", 5).ok());
  EXPECT_FALSE(Parse(Part("no colon", "x") + "--a b--", 5).ok());
  EXPECT_FALSE(Parse("--a bc\r\n" + std::string(200, 'x'), 5).ok());
  EXPECT_FALSE(Parse("", 1, "multipart/form-data").ok());
  EXPECT_FALSE(Parse("", 1, "multipart/form-data; boundary=").ok());
}

TEST(MultipartTest, LimitsHold) {
  std::string many;
  for (size_t i = 0; i < MultipartParser::kMaxParts + 1; ++i) {
    many += Part("Content-Disposition: form-data; name=a", "");
  }
  EXPECT_EQ(Parse(many + "--a b--", 100).error().code, Code::kResourceExhausted);
  const std::string wide = Part("Content-Disposition: form-data; name=a\r\nX: " +
                                    std::string(MultipartParser::kMaxHeaderBytes, 'h'),
                                "");
  EXPECT_EQ(Parse(wide, 1000).error().code, Code::kResourceExhausted);
}

}  // namespace
}  // namespace vecgate

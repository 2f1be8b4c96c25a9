// What stands on stderr: one line a call, valid JSON whatever the values hold, nothing below the
// level.
#include "observe/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace vecgate {
namespace {

using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

class LogTest : public ::testing::Test {
 protected:
  void TearDown() override { InitLogging({}); }
};

TEST_F(LogTest, JsonLinesEscapeWhateverTheyHold) {
  InitLogging({LogLevel::kInfo, LogFormat::kJson});
  const std::string nasty = "a\"b\\c\nd\x01\xff\xe2\x82\xac {}%s";
  CaptureStderr();
  Log(LogLevel::kError, "it \"failed\"\n", {{"path", nasty}, {"empty", ""}});
  const std::string out = GetCapturedStderr();
  ASSERT_FALSE(out.empty());
  EXPECT_EQ(out.find('\n'), out.size() - 1) << "one line: " << out;
  const auto line = nlohmann::json::parse(out);
  EXPECT_EQ(line["level"], "error");
  EXPECT_EQ(line["message"], "it \"failed\"\n");
  EXPECT_EQ(line["empty"], "");
  // The byte that is no UTF-8 becomes U+FFFD; the rest comes back.
  EXPECT_EQ(line["path"], "a\"b\\c\nd\x01\xef\xbf\xbd\xe2\x82\xac {}%s");
  EXPECT_THAT(line["time"].get<std::string>(),
              ::testing::MatchesRegex("....-..-..T..:..:..\\....Z"));
}

TEST_F(LogTest, TextLinesQuoteValuesAndStayOneLine) {
  InitLogging({LogLevel::kInfo, LogFormat::kText});
  CaptureStderr();
  Log(LogLevel::kWarning, "slow", {{"query", "a\nINFO forged"}});
  const std::string out = GetCapturedStderr();
  EXPECT_THAT(out, HasSubstr("warning slow query=\"a\\nINFO forged\""));
  EXPECT_EQ(out.find('\n'), out.size() - 1);
}

TEST_F(LogTest, NothingBelowTheLevelIsPrinted) {
  InitLogging({LogLevel::kWarning, LogFormat::kText});
  CaptureStderr();
  Log(LogLevel::kDebug, "no");
  Log(LogLevel::kInfo, "no");
  EXPECT_EQ(GetCapturedStderr(), "");
}

TEST_F(LogTest, NamesAreReadAndBadOnesSayWhichThereAre) {
  EXPECT_EQ(LogLevelFromName("debug").value(), LogLevel::kDebug);
  EXPECT_EQ(LogLevelFromName("warning").value(), LogLevel::kWarning);
  EXPECT_EQ(LogFormatFromName("json").value(), LogFormat::kJson);
  EXPECT_EQ(LogLevelFromName("loud").error().message,
            "loud is no log level: debug, info, warning and error are");
  EXPECT_EQ(LogFormatFromName("xml").error().message, "xml is no log format: text and json are");
}

}  // namespace
}  // namespace vecgate

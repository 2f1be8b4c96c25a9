// From our errors to the numbers that Milvus' clients branch on, and from a server's answers to our
// errors.
#include "milvus_wire/status.h"

#include <gtest/gtest.h>

namespace vecgate::milvus_wire {
namespace {

struct StatusCase {
  Code code;
  Subject subject;
  int32_t milvus;
  pb::common::ErrorCode old;
  bool retriable;
};

constexpr auto kOther = pb::common::UnexpectedError;
constexpr auto kIllegal = pb::common::IllegalArgument;

const StatusCase kCases[] = {
    {Code::kNotFound, Subject::kCollection, 100, pb::common::CollectionNotExists, false},
    {Code::kNotFound, Subject::kPartition, 200, kOther, false},
    {Code::kNotFound, Subject::kIndex, 700, pb::common::IndexNotExist, false},
    {Code::kNotFound, Subject::kDatabase, 800, kOther, false},
    {Code::kNotFound, Subject::kAlias, 1600, kOther, false},
    {Code::kNotFound, Subject::kField, 1700, kOther, false},
    {Code::kNotFound, Subject::kNone, 65535, kOther, false},
    {Code::kFailedPrecondition, Subject::kLoadState, 101, kOther, false},
    {Code::kFailedPrecondition, Subject::kIndex, 65535, kOther, false},
    {Code::kInvalidArgument, Subject::kNone, 1100, kIllegal, false},
    {Code::kInvalidArgument, Subject::kField, 1100, kIllegal, false},
    {Code::kInvalidArgument, Subject::kExpression, 1100, kIllegal, false},
    {Code::kInvalidArgument, Subject::kDatabase, 802, kOther, false},
    {Code::kOutOfRange, Subject::kNone, 1100, kIllegal, false},
    {Code::kUnimplemented, Subject::kField, 1100, kIllegal, false},
    {Code::kAlreadyExists, Subject::kAlias, 1602, kOther, false},
    {Code::kAlreadyExists, Subject::kCollection, 1601, kOther, false},
    {Code::kAlreadyExists, Subject::kNone, 65535, kOther, false},
    {Code::kResourceExhausted, Subject::kDatabase, 801, kOther, false},
    {Code::kResourceExhausted, Subject::kNone, 12, kOther, false},
    {Code::kUnavailable, Subject::kStorage, 2, kOther, true},
    {Code::kAborted, Subject::kNone, 65535, kOther, true},
    {Code::kDeadlineExceeded, Subject::kNone, 65535, kOther, true},
    {Code::kInternal, Subject::kNone, 65535, kOther, false},
    {Code::kDataLoss, Subject::kStorage, 65535, kOther, false},
    {Code::kCancelled, Subject::kNone, 65535, kOther, false},
    {Code::kUnauthenticated, Subject::kNone, 65535, kOther, false},
};

TEST(StatusTest, EveryErrorHasItsMilvusCodeItsOldCodeAndItsRetry) {
  for (const StatusCase& c : kCases) {
    pb::common::Status out;
    SetStatus({c.code, "what happened", c.subject}, out);
    const std::string name =
        std::string(CodeName(c.code)) + " " + std::string(SubjectName(c.subject));
    EXPECT_EQ(out.code(), c.milvus) << name;
    EXPECT_EQ(out.error_code(), c.old) << name;
    EXPECT_EQ(out.retriable(), c.retriable) << name;
    EXPECT_EQ(out.reason(), "what happened");
    EXPECT_EQ(out.detail(), "what happened");
  }
}

TEST(StatusTest, NoErrorLooksLikeSuccess) {
  for (int code = 1; code <= 16; ++code) {
    for (int subject = 0; subject <= static_cast<int>(Subject::kStorage); ++subject) {
      pb::common::Status out;
      SetStatus({static_cast<Code>(code), "", static_cast<Subject>(subject)}, out);
      EXPECT_NE(out.code(), 0);
      EXPECT_NE(out.error_code(), pb::common::Success);
    }
  }
}

pb::common::Status Answer(int32_t code, pb::common::ErrorCode old, const char* reason) {
  pb::common::Status out;
  out.set_code(code);
  out.set_error_code(old);
  out.set_reason(reason);
  return out;
}

TEST(StatusTest, AnAnswerIsAsGoodAsItsNumbers) {
  EXPECT_TRUE(StatusOf(Answer(0, pb::common::Success, "")).ok());
  EXPECT_FALSE(StatusOf(Answer(0, kOther, "")).ok());
  EXPECT_FALSE(StatusOf(Answer(65535, pb::common::Success, "")).ok());
}

TEST(StatusTest, AnswersBecomeErrorsThatSayWhetherToTryAgain) {
  struct Case {
    pb::common::Status answer;
    Code code;
    Subject subject;
  };
  const Case cases[] = {
      {Answer(100, kOther, "collection not found"), Code::kNotFound, Subject::kCollection},
      // Milvus 2.3.5 to DescribeCollection.
      {Answer(65535, kOther, "can't find collection[database=default][collection=x]"),
       Code::kNotFound, Subject::kCollection},
      {Answer(0, pb::common::CollectionNotExists, ""), Code::kNotFound, Subject::kCollection},
      {Answer(101, kOther, "collection not loaded"), Code::kFailedPrecondition,
       Subject::kLoadState},
      {Answer(700, pb::common::IndexNotExist, "index not found"), Code::kNotFound, Subject::kIndex},
      {Answer(1, pb::common::NotReadyServe, "service not ready"), Code::kUnavailable,
       Subject::kNone},
      {Answer(8, pb::common::RateLimit, "request is rejected"), Code::kUnavailable, Subject::kNone},
      {Answer(9, kOther, "deny to write"), Code::kResourceExhausted, Subject::kNone},
      {Answer(503, kOther, "channel not available"), Code::kUnavailable, Subject::kNone},
      {Answer(901, kOther, "node not found"), Code::kUnavailable, Subject::kNone},
      {Answer(1100, kIllegal, "invalid parameter"), Code::kInvalidArgument, Subject::kNone},
      {Answer(65535, kOther, "cannot parse expression: x"), Code::kInvalidArgument,
       Subject::kExpression},
      // Of a write whose time ran out in Milvus 2.3.5.
      {Answer(65535, kOther, "proxy TaskCondition context Done"), Code::kUnavailable,
       Subject::kNone},
      {Answer(65535, kOther, "something else"), Code::kUnknown, Subject::kNone},
  };
  for (const Case& c : cases) {
    const Status status = StatusOf(c.answer);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, c.code) << status.error().message;
    EXPECT_EQ(status.error().subject, c.subject) << status.error().message;
    EXPECT_NE(status.error().message.find(c.answer.reason()), std::string::npos);
  }
}

}  // namespace
}  // namespace vecgate::milvus_wire

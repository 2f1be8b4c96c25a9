// From our errors to the numbers that Milvus' clients branch on.
#include "api/milvus_grpc/status.h"

#include <gtest/gtest.h>

// Clients in use read the deprecated error_code.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace vecgate::milvus_grpc {
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

}  // namespace
}  // namespace vecgate::milvus_grpc

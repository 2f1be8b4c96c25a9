// The mappings of every Code, and the macros that carry errors up.
#include "base/error.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "base/result.h"

namespace vecgate {
namespace {

struct CodeCase {
  Code code;
  const char* name;
  int http;
  int exit;
  Retry retry;
};

constexpr CodeCase kCodes[] = {
    {Code::kOk, "OK", 200, 0, Retry::kNever},
    {Code::kCancelled, "CANCELLED", 499, 130, Retry::kNever},
    {Code::kUnknown, "UNKNOWN", 500, 70, Retry::kNever},
    {Code::kInvalidArgument, "INVALID_ARGUMENT", 400, 64, Retry::kAfterFix},
    {Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", 504, 75, Retry::kNowSafe},
    {Code::kNotFound, "NOT_FOUND", 404, 66, Retry::kAfterFix},
    {Code::kAlreadyExists, "ALREADY_EXISTS", 409, 78, Retry::kAfterFix},
    {Code::kPermissionDenied, "PERMISSION_DENIED", 403, 77, Retry::kAfterFix},
    {Code::kResourceExhausted, "RESOURCE_EXHAUSTED", 429, 75, Retry::kAfterFix},
    {Code::kFailedPrecondition, "FAILED_PRECONDITION", 409, 78, Retry::kAfterFix},
    {Code::kAborted, "ABORTED", 409, 75, Retry::kNowSafe},
    {Code::kOutOfRange, "OUT_OF_RANGE", 400, 64, Retry::kAfterFix},
    {Code::kUnimplemented, "UNIMPLEMENTED", 501, 70, Retry::kNever},
    {Code::kInternal, "INTERNAL", 500, 70, Retry::kNever},
    {Code::kUnavailable, "UNAVAILABLE", 503, 69, Retry::kNowSafe},
    {Code::kDataLoss, "DATA_LOSS", 500, 65, Retry::kNever},
    {Code::kUnauthenticated, "UNAUTHENTICATED", 401, 77, Retry::kAfterFix},
};

TEST(ErrorTest, EveryCodeHasItsNameItsHttpStatusItsExitCodeAndItsRetry) {
  int number = 0;
  for (const CodeCase& expected : kCodes) {
    EXPECT_EQ(static_cast<int>(expected.code), number++) << "numbers are gRPC's";
    EXPECT_EQ(CodeName(expected.code), expected.name);
    EXPECT_EQ(HttpStatusFor(expected.code), expected.http) << expected.name;
    EXPECT_EQ(ExitCodeFor(expected.code), expected.exit) << expected.name;
    EXPECT_EQ(RetryFor(expected.code), expected.retry) << expected.name;
  }
  EXPECT_EQ(number, 17);
}

TEST(ErrorTest, EveryMakerGivesItsCodeAndKeepsItsSubject) {
  const Error errors[] = {
      InvalidArgument("m", Subject::kField),   NotFound("m", Subject::kField),
      AlreadyExists("m", Subject::kField),     FailedPrecondition("m", Subject::kField),
      ResourceExhausted("m", Subject::kField), Unimplemented("m", Subject::kField),
      Internal("m", Subject::kField),          Unavailable("m", Subject::kField),
      DataLoss("m", Subject::kField)};
  const Code codes[] = {Code::kInvalidArgument,    Code::kNotFound,          Code::kAlreadyExists,
                        Code::kFailedPrecondition, Code::kResourceExhausted, Code::kUnimplemented,
                        Code::kInternal,           Code::kUnavailable,       Code::kDataLoss};
  for (size_t i = 0; i < std::size(errors); ++i) {
    EXPECT_EQ(errors[i].code, codes[i]);
    EXPECT_EQ(errors[i].subject, Subject::kField);
    EXPECT_EQ(errors[i].message, "m");
  }
  EXPECT_EQ(Cancelled("m").code, Code::kCancelled);
  EXPECT_EQ(DeadlineExceeded("m").code, Code::kDeadlineExceeded);
}

TEST(ErrorTest, WithinPutsTheContextFirstAndKeepsTheRest) {
  const Error error = NotFound("no such file", Subject::kStorage).Within("reading a.vec");
  EXPECT_EQ(error.message, "reading a.vec: no such file");
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_EQ(error.subject, Subject::kStorage);
}

TEST(ErrorTest, SubjectsHaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (int i = static_cast<int>(Subject::kDatabase); i <= static_cast<int>(Subject::kStorage);
       ++i) {
    const std::string_view name = SubjectName(static_cast<Subject>(i));
    EXPECT_FALSE(name.empty()) << i;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(SubjectName(Subject::kNone), "");
}

Status FailIf(bool fail) {
  if (fail) return InvalidArgument("failed", Subject::kIndex);
  return Ok();
}

Result<std::unique_ptr<int>> Make(bool fail) {
  VG_RETURN_IF_ERROR(FailIf(fail));
  return std::make_unique<int>(7);
}

// Two on one line of the caller's sight and a move-only value: what the macros must cope with.
Result<int> Sum(bool first_fails, bool second_fails, int& reached) {
  VG_ASSIGN_OR_RETURN(const std::unique_ptr<int> a, Make(first_fails));
  ++reached;
  VG_ASSIGN_OR_RETURN(const std::unique_ptr<int> b, Make(second_fails));
  ++reached;
  return *a + *b;
}

TEST(ResultTest, TheMacrosGiveTheValueOrLeaveWithTheError) {
  int reached = 0;
  EXPECT_EQ(Sum(false, false, reached).value(), 14);
  EXPECT_EQ(reached, 2);

  reached = 0;
  const Result<int> second = Sum(false, true, reached);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kInvalidArgument);
  EXPECT_EQ(second.error().subject, Subject::kIndex);
  EXPECT_EQ(second.error().message, "failed");
  EXPECT_EQ(reached, 1);

  reached = 0;
  EXPECT_FALSE(Sum(true, false, reached).ok());
  EXPECT_EQ(reached, 0);
}

}  // namespace
}  // namespace vecgate

// Errors as values: one closed set of codes, and what each error is about.
//
// Thread safety: values; share as any value. Foreign errors (rocksdb::Status, SQL states,
// grpc::Status, exceptions) are turned into an Error once, in the folder that wraps the library.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace vecgate {

/// What kind of failure it was. Names and numbers are gRPC's.
enum class Code {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

/// What the failure is about, so that each API can answer in its own codes (Milvus: 100 for a
/// missing collection, 200 for a missing partition, …) without reading message texts.
enum class Subject {
  kNone,
  kDatabase,
  kCollection,
  kPartition,
  kIndex,
  kAlias,
  kField,
  kExpression,
  kLoadState,
  kDocument,
  kIngestion,
  kConfig,
  kStorage,
};

/// May the caller try again?
enum class Retry { kNever, kAfterFix, kNowSafe };

/// A failure. `message` names the thing, what was found, what was wanted and what to do.
struct Error {
  Code code = Code::kUnknown;
  std::string message;
  Subject subject = Subject::kNone;

  /// The same error with `context` before its message: "context: message".
  [[nodiscard]] Error Within(std::string_view context) const;
};

/// "INVALID_ARGUMENT", as gRPC prints it.
std::string_view CodeName(Code code);
/// "collection", "index", …; empty for kNone.
std::string_view SubjectName(Subject subject);
Retry RetryFor(Code code);
/// The HTTP status of the native API for this code.
int HttpStatusFor(Code code);
/// The process exit code of a CLI command that ended with this code (sysexits.h where one fits).
int ExitCodeFor(Code code);

Error InvalidArgument(std::string message, Subject subject = Subject::kNone);
Error NotFound(std::string message, Subject subject = Subject::kNone);
Error AlreadyExists(std::string message, Subject subject = Subject::kNone);
Error FailedPrecondition(std::string message, Subject subject = Subject::kNone);
Error ResourceExhausted(std::string message, Subject subject = Subject::kNone);
Error Unimplemented(std::string message, Subject subject = Subject::kNone);
Error Internal(std::string message, Subject subject = Subject::kNone);
Error Unavailable(std::string message, Subject subject = Subject::kNone);
Error DataLoss(std::string message, Subject subject = Subject::kNone);
Error DeadlineExceeded(std::string message);
Error Cancelled(std::string message);

}  // namespace vecgate

#include "base/error.h"

namespace vecgate {

Error Error::Within(std::string_view context) const {
  return Error{code, std::string(context) + ": " + message, subject};
}

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kOk: return "OK";
    case Code::kCancelled: return "CANCELLED";
    case Code::kUnknown: return "UNKNOWN";
    case Code::kInvalidArgument: return "INVALID_ARGUMENT";
    case Code::kDeadlineExceeded: return "DEADLINE_EXCEEDED";
    case Code::kNotFound: return "NOT_FOUND";
    case Code::kAlreadyExists: return "ALREADY_EXISTS";
    case Code::kPermissionDenied: return "PERMISSION_DENIED";
    case Code::kResourceExhausted: return "RESOURCE_EXHAUSTED";
    case Code::kFailedPrecondition: return "FAILED_PRECONDITION";
    case Code::kAborted: return "ABORTED";
    case Code::kOutOfRange: return "OUT_OF_RANGE";
    case Code::kUnimplemented: return "UNIMPLEMENTED";
    case Code::kInternal: return "INTERNAL";
    case Code::kUnavailable: return "UNAVAILABLE";
    case Code::kDataLoss: return "DATA_LOSS";
    case Code::kUnauthenticated: return "UNAUTHENTICATED";
  }
  return "UNKNOWN";
}

std::string_view SubjectName(Subject subject) {
  switch (subject) {
    case Subject::kNone: return "";
    case Subject::kDatabase: return "database";
    case Subject::kCollection: return "collection";
    case Subject::kPartition: return "partition";
    case Subject::kIndex: return "index";
    case Subject::kAlias: return "alias";
    case Subject::kField: return "field";
    case Subject::kExpression: return "expression";
    case Subject::kLoadState: return "load state";
    case Subject::kDocument: return "document";
    case Subject::kIngestion: return "ingestion";
    case Subject::kConfig: return "configuration";
    case Subject::kStorage: return "storage";
  }
  return "";
}

Retry RetryFor(Code code) {
  switch (code) {
    case Code::kDeadlineExceeded:
    case Code::kAborted:
    case Code::kUnavailable: return Retry::kNowSafe;
    case Code::kInvalidArgument:
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kPermissionDenied:
    case Code::kResourceExhausted:
    case Code::kFailedPrecondition:
    case Code::kOutOfRange:
    case Code::kUnauthenticated: return Retry::kAfterFix;
    case Code::kOk:
    case Code::kCancelled:
    case Code::kUnknown:
    case Code::kUnimplemented:
    case Code::kInternal:
    case Code::kDataLoss: return Retry::kNever;
  }
  return Retry::kNever;
}

int HttpStatusFor(Code code) {
  switch (code) {
    case Code::kOk: return 200;
    case Code::kInvalidArgument:
    case Code::kOutOfRange: return 400;
    case Code::kUnauthenticated: return 401;
    case Code::kPermissionDenied: return 403;
    case Code::kNotFound: return 404;
    case Code::kAlreadyExists:
    case Code::kAborted:
    case Code::kFailedPrecondition: return 409;
    case Code::kResourceExhausted: return 429;
    case Code::kCancelled: return 499;
    case Code::kUnknown:
    case Code::kInternal:
    case Code::kDataLoss: return 500;
    case Code::kUnimplemented: return 501;
    case Code::kUnavailable: return 503;
    case Code::kDeadlineExceeded: return 504;
  }
  return 500;
}

int ExitCodeFor(Code code) {
  switch (code) {
    case Code::kOk: return 0;
    case Code::kInvalidArgument:
    case Code::kOutOfRange: return 64;  // EX_USAGE
    case Code::kDataLoss: return 65;    // EX_DATAERR
    case Code::kNotFound: return 66;    // EX_NOINPUT
    case Code::kDeadlineExceeded:
    case Code::kAborted:
    case Code::kResourceExhausted: return 75;  // EX_TEMPFAIL
    case Code::kUnavailable: return 69;        // EX_UNAVAILABLE
    case Code::kUnauthenticated:
    case Code::kPermissionDenied: return 77;  // EX_NOPERM
    case Code::kFailedPrecondition:
    case Code::kAlreadyExists: return 78;  // EX_CONFIG
    case Code::kCancelled: return 130;
    case Code::kUnknown:
    case Code::kUnimplemented:
    case Code::kInternal: return 70;  // EX_SOFTWARE
  }
  return 70;
}

Error InvalidArgument(std::string message, Subject subject) {
  return {Code::kInvalidArgument, std::move(message), subject};
}
Error NotFound(std::string message, Subject subject) {
  return {Code::kNotFound, std::move(message), subject};
}
Error AlreadyExists(std::string message, Subject subject) {
  return {Code::kAlreadyExists, std::move(message), subject};
}
Error FailedPrecondition(std::string message, Subject subject) {
  return {Code::kFailedPrecondition, std::move(message), subject};
}
Error ResourceExhausted(std::string message, Subject subject) {
  return {Code::kResourceExhausted, std::move(message), subject};
}
Error Unimplemented(std::string message, Subject subject) {
  return {Code::kUnimplemented, std::move(message), subject};
}
Error Internal(std::string message, Subject subject) {
  return {Code::kInternal, std::move(message), subject};
}
Error Unavailable(std::string message, Subject subject) {
  return {Code::kUnavailable, std::move(message), subject};
}
Error DataLoss(std::string message, Subject subject) {
  return {Code::kDataLoss, std::move(message), subject};
}
Error DeadlineExceeded(std::string message) {
  return {Code::kDeadlineExceeded, std::move(message), Subject::kNone};
}
Error Cancelled(std::string message) {
  return {Code::kCancelled, std::move(message), Subject::kNone};
}

}  // namespace vecgate

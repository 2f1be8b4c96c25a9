#include "api/milvus_grpc/status.h"

namespace vecgate::milvus_grpc {
namespace {

constexpr int32_t kServiceNotReady = 1;
constexpr int32_t kServiceUnavailable = 2;
constexpr int32_t kServiceResourceInsufficient = 12;
constexpr int32_t kCollectionNotFound = 100;
constexpr int32_t kCollectionNotLoaded = 101;
constexpr int32_t kPartitionNotFound = 200;
constexpr int32_t kIndexNotFound = 700;
constexpr int32_t kDatabaseNotFound = 800;
constexpr int32_t kDatabaseNumLimit = 801;
constexpr int32_t kDatabaseInvalidName = 802;
constexpr int32_t kParameterInvalid = 1100;
constexpr int32_t kAliasNotFound = 1600;
constexpr int32_t kAliasCollectionConflict = 1601;
constexpr int32_t kAliasAlreadyExist = 1602;
constexpr int32_t kFieldNotFound = 1700;
constexpr int32_t kUnexpected = 65535;

int32_t NotFoundCode(Subject subject) {
  switch (subject) {
    case Subject::kCollection: return kCollectionNotFound;
    case Subject::kPartition: return kPartitionNotFound;
    case Subject::kIndex: return kIndexNotFound;
    case Subject::kDatabase: return kDatabaseNotFound;
    case Subject::kAlias: return kAliasNotFound;
    case Subject::kField: return kFieldNotFound;
    case Subject::kNone:
    case Subject::kExpression:
    case Subject::kLoadState:
    case Subject::kDocument:
    case Subject::kIngestion:
    case Subject::kConfig:
    case Subject::kStorage: return kUnexpected;
  }
  return kUnexpected;
}

pb::common::ErrorCode OldCode(int32_t code) {
  switch (code) {
    case kServiceNotReady: return pb::common::NotReadyServe;
    case kCollectionNotFound: return pb::common::CollectionNotExists;
    case kParameterInvalid: return pb::common::IllegalArgument;
    case kIndexNotFound: return pb::common::IndexNotExist;
    default: return pb::common::UnexpectedError;
  }
}

}  // namespace

int32_t MilvusCode(const Error& error) {
  switch (error.code) {
    case Code::kOk: return 0;
    case Code::kNotFound: return NotFoundCode(error.subject);
    case Code::kInvalidArgument:
    case Code::kOutOfRange:
      return error.subject == Subject::kDatabase ? kDatabaseInvalidName : kParameterInvalid;
    case Code::kFailedPrecondition:
      return error.subject == Subject::kLoadState ? kCollectionNotLoaded : kUnexpected;
    case Code::kAlreadyExists:
      if (error.subject == Subject::kAlias) return kAliasAlreadyExist;
      return error.subject == Subject::kCollection ? kAliasCollectionConflict : kUnexpected;
    case Code::kResourceExhausted:
      return error.subject == Subject::kDatabase ? kDatabaseNumLimit : kServiceResourceInsufficient;
    case Code::kUnavailable: return kServiceUnavailable;
    case Code::kUnimplemented: return kParameterInvalid;
    case Code::kCancelled:
    case Code::kUnknown:
    case Code::kDeadlineExceeded:
    case Code::kPermissionDenied:
    case Code::kAborted:
    case Code::kInternal:
    case Code::kDataLoss:
    case Code::kUnauthenticated: return kUnexpected;
  }
  return kUnexpected;
}

void SetStatus(const Error& error, pb::common::Status& out) {
  const int32_t code = MilvusCode(error);
  out.set_code(code);
  out.set_error_code(OldCode(code));
  out.set_reason(error.message);
  out.set_detail(error.message);
  out.set_retriable(RetryFor(error.code) == Retry::kNowSafe);
}

}  // namespace vecgate::milvus_grpc

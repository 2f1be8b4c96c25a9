#include "milvus_wire/status.h"

#include <fmt/format.h>

#include <string_view>

namespace vecgate::milvus_wire {
namespace {

constexpr int32_t kServiceNotReady = 1;
constexpr int32_t kServiceUnavailable = 2;
constexpr int32_t kServiceMemoryLimit = 3;
constexpr int32_t kTooManyRequests = 4;
constexpr int32_t kRateLimit = 8;
constexpr int32_t kForceDeny = 9;
constexpr int32_t kServiceResourceInsufficient = 12;
constexpr int32_t kCollectionNotFound = 100;
constexpr int32_t kCollectionNotLoaded = 101;
constexpr int32_t kCollectionNumLimit = 102;
constexpr int32_t kCollectionNotFullyLoaded = 103;
constexpr int32_t kCollectionIllegalSchema = 105;
constexpr int32_t kCollectionOnRecovering = 106;
constexpr int32_t kSchemaMismatch = 109;
constexpr int32_t kPartitionNotFound = 200;
constexpr int32_t kPartitionNotLoaded = 201;
constexpr int32_t kPartitionNotFullyLoaded = 202;
constexpr int32_t kFirstUnplaced = 300;  // Replicas, channels and segments: 300 to 699.
constexpr int32_t kLastUnplaced = 699;
constexpr int32_t kIndexNotFound = 700;
constexpr int32_t kIndexDuplicate = 702;
constexpr int32_t kDatabaseNotFound = 800;
constexpr int32_t kDatabaseNumLimit = 801;
constexpr int32_t kDatabaseInvalidName = 802;
constexpr int32_t kParameterInvalid = 1100;
constexpr int32_t kParameterMissing = 1101;
constexpr int32_t kParameterTooLarge = 1102;
constexpr int32_t kFirstNode = 901;  // Nodes not found, offline or not matching.
constexpr int32_t kLastNode = 999;
constexpr int32_t kNotAuthenticated = 1400;
constexpr int32_t kNotPermitted = 1401;
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

struct Meaning {
  Code code = Code::kUnknown;
  Subject subject = Subject::kNone;
};

/// Of answers without a telling number, by what their text holds.
struct Phrase {
  std::string_view text;
  Meaning meaning;
};

constexpr Phrase kPhrases[] = {
    {"can't find collection", {Code::kNotFound, Subject::kCollection}},
    {"collection not found", {Code::kNotFound, Subject::kCollection}},
    {"collection not loaded", {Code::kFailedPrecondition, Subject::kLoadState}},
    {"index not found", {Code::kNotFound, Subject::kIndex}},
    {"database not found", {Code::kNotFound, Subject::kDatabase}},
    {"alias not found", {Code::kNotFound, Subject::kAlias}},
    {"create duplicate collection", {Code::kAlreadyExists, Subject::kCollection}},
    {"cannot parse expression", {Code::kInvalidArgument, Subject::kExpression}},
    {"rate limit", {Code::kUnavailable, Subject::kNone}},
    // A server that starts, stops or lost a part of itself.
    {"not ready", {Code::kUnavailable, Subject::kNone}},
    {"not healthy", {Code::kUnavailable, Subject::kNone}},
    {"not available", {Code::kUnavailable, Subject::kNone}},
    {"no available", {Code::kUnavailable, Subject::kNone}},
    {"node offline", {Code::kUnavailable, Subject::kNone}},
    {"node not match", {Code::kUnavailable, Subject::kNone}},
    {"not fully loaded", {Code::kUnavailable, Subject::kNone}},
    {"context canceled", {Code::kUnavailable, Subject::kNone}},
    {"context Done", {Code::kUnavailable, Subject::kNone}},
    {"connection refused", {Code::kUnavailable, Subject::kNone}},
    {"connection error", {Code::kUnavailable, Subject::kNone}},
    {"deadline exceeded", {Code::kUnavailable, Subject::kNone}},
};

Meaning MeaningOfText(const pb::common::Status& status) {
  if (status.error_code() == pb::common::CollectionNotExists) {
    return {Code::kNotFound, Subject::kCollection};
  }
  if (status.error_code() == pb::common::IndexNotExist) return {Code::kNotFound, Subject::kIndex};
  if (status.error_code() == pb::common::RateLimit) return {Code::kUnavailable, Subject::kNone};
  for (const Phrase& phrase : kPhrases) {
    if (status.reason().find(phrase.text) != std::string::npos) return phrase.meaning;
  }
  return {};
}

Meaning MeaningOf(const pb::common::Status& status) {
  const int32_t code = status.code();
  const bool is_unplaced = code >= kFirstUnplaced && code <= kLastUnplaced;
  if (is_unplaced || (code >= kFirstNode && code <= kLastNode)) return {Code::kUnavailable};
  switch (code) {
    case kServiceNotReady:
    case kServiceUnavailable:
    case kTooManyRequests:
    case kRateLimit:
    case kCollectionNotFullyLoaded:
    case kCollectionOnRecovering:
    case kPartitionNotFullyLoaded: return {Code::kUnavailable};
    case kServiceMemoryLimit:
    case kForceDeny:
    case kServiceResourceInsufficient: return {Code::kResourceExhausted};
    case kCollectionNotFound: return {Code::kNotFound, Subject::kCollection};
    case kCollectionNumLimit: return {Code::kResourceExhausted, Subject::kCollection};
    case kCollectionNotLoaded: return {Code::kFailedPrecondition, Subject::kLoadState};
    case kPartitionNotLoaded: return {Code::kFailedPrecondition, Subject::kLoadState};
    case kCollectionIllegalSchema: return {Code::kInvalidArgument, Subject::kCollection};
    case kSchemaMismatch: return {Code::kAborted, Subject::kCollection};
    case kPartitionNotFound: return {Code::kNotFound, Subject::kPartition};
    case kIndexNotFound: return {Code::kNotFound, Subject::kIndex};
    case kIndexDuplicate: return {Code::kAlreadyExists, Subject::kIndex};
    case kDatabaseNotFound: return {Code::kNotFound, Subject::kDatabase};
    case kDatabaseNumLimit: return {Code::kResourceExhausted, Subject::kDatabase};
    case kDatabaseInvalidName: return {Code::kInvalidArgument, Subject::kDatabase};
    case kParameterInvalid:
    case kParameterMissing:
    case kParameterTooLarge: return {Code::kInvalidArgument};
    case kNotAuthenticated: return {Code::kUnauthenticated};
    case kNotPermitted: return {Code::kPermissionDenied};
    case kAliasNotFound: return {Code::kNotFound, Subject::kAlias};
    case kAliasCollectionConflict:
    case kAliasAlreadyExist: return {Code::kAlreadyExists, Subject::kAlias};
    case kFieldNotFound: return {Code::kNotFound, Subject::kField};
    default: return MeaningOfText(status);
  }
}

}  // namespace

Status StatusOf(const pb::common::Status& status) {
  if (status.code() == 0 && status.error_code() == pb::common::Success) return Ok();
  const int number = status.code() != 0 ? status.code() : static_cast<int>(status.error_code());
  const Meaning meaning = MeaningOf(status);
  return Error{meaning.code, fmt::format("the server answered {}: {}", number, status.reason()),
               meaning.subject};
}

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

}  // namespace vecgate::milvus_wire

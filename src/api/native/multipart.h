// MultipartParser: multipart/form-data (RFC 7578) as it arrives, in pieces of any size.
//
// Memory is what the parts hold plus one line; the caller bounds the whole body.
//
// Thread safety: one thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vecgate {

struct MultipartPart {
  /// The form field.
  std::string name;
  /// Empty for a plain field.
  std::string file_name;
  std::string content_type;
  std::string data;
};

class MultipartParser {
 public:
  static constexpr size_t kMaxParts = 64;
  static constexpr size_t kMaxHeaderBytes = 16 << 10;

  /// From the Content-Type header. kInvalidArgument when it has no usable boundary (1–70
  /// characters).
  static Result<MultipartParser> ForContentType(std::string_view content_type);

  /// kInvalidArgument when the bytes break the format, kResourceExhausted past a limit; nothing may
  /// be fed after an error.
  Status Feed(std::string_view bytes);
  /// The parts in order. kInvalidArgument when the closing boundary has not come.
  Result<std::vector<MultipartPart>> Finish();

 private:
  enum class State { kPreamble, kAfterBoundary, kHeaders, kBody, kEpilogue };

  explicit MultipartParser(const std::string& boundary)
      : delimiter_("\r\n--" + boundary), pending_("\r\n") {}

  // Each takes what it can from pending_; true when it moved on to another state.
  bool SkipPreamble();
  Result<bool> ReadAfterBoundary();
  Result<bool> ReadHeaders();
  bool ReadBody();
  Status ParseHeaders(std::string_view block);

  std::string delimiter_;
  // The body's first boundary has no line end before it; beginning with one makes all alike.
  std::string pending_;
  State state_ = State::kPreamble;
  std::vector<MultipartPart> parts_;
};

}  // namespace vecgate

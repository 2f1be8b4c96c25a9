// LikePattern: the right side of `like`.
//
// `%` is any text, `_` any one character (UTF-8), `\%`, `\_` and `\\` are the characters
// themselves. Thread safety: immutable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vecgate::filter {

class LikePattern {
 public:
  enum class Shape : uint8_t { kExact, kPrefix, kSuffix, kInfix, kGeneral };

  /// kInvalidArgument when a lone backslash ends the pattern.
  static Result<LikePattern> Parse(std::string_view pattern);

  [[nodiscard]] bool Matches(std::string_view text) const;

  /// The pattern as it was given.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] Shape shape() const { return shape_; }
  /// The text of every shape but kGeneral, unescaped.
  [[nodiscard]] const std::string& fixed() const { return fixed_; }

 private:
  enum class Kind : uint8_t { kByte, kAnyCharacter, kAnyText };
  struct Piece {
    Kind kind;
    char byte;
  };

  void Classify();
  [[nodiscard]] bool MatchesGeneral(std::string_view text) const;

  std::string text_;
  Shape shape_ = Shape::kGeneral;
  std::string fixed_;
  std::vector<Piece> pieces_;
};

}  // namespace vecgate::filter

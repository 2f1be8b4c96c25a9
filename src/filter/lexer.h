// Lexer: expression text into tokens, one at a time.
//
// Thread safety: one thread at a time. The text is borrowed and must outlive the lexer and every
// token's `text`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vecgate::filter {

enum class TokenKind : uint8_t {
  kEnd,
  kInteger,  ///< Token::integer; the sign is a token of its own.
  kFloating,
  kString,  ///< Token::string, escapes decoded.
  kTrue,
  kFalse,
  kIdentifier,
  kMeta,  ///< `$meta`
  // Words, in lower or upper case.
  kAnd,
  kOr,
  kNot,
  kIn,
  kLike,
  kIs,
  kNull,
  kExists,
  // Punctuation.
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kLeftBrace,
  kRightBrace,
  kComma,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kPower,
  kShiftLeft,
  kShiftRight,
  kBitAnd,
  kBitOr,
  kBitXor,
  kBitNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  ///< As written; empty at the end.
  size_t offset = 0;      ///< Bytes from the start of the expression.
  /// The magnitude of an integer: 2^63 is allowed here, because `-` may stand before it.
  uint64_t integer = 0;
  double floating = 0;
  std::string string;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  /// The next token; kEnd for ever at the end. Errors say what and where, without the expression.
  Result<Token> Next();

 private:
  Result<Token> Number();
  Result<Token> DecimalOrFloat();
  Result<Token> Radix(int base, size_t prefix_bytes);
  Result<Token> String(size_t prefix_bytes);
  Token Word();
  Result<Token> Punctuation();
  Token Take(TokenKind kind, size_t bytes);
  [[nodiscard]] Error At(size_t offset, std::string_view what) const;
  [[nodiscard]] char Peek(size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }

  std::string_view text_;
  size_t position_ = 0;
};

}  // namespace vecgate::filter

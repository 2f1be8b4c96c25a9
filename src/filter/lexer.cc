#include "filter/lexer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "filter/string_literal.h"

namespace vecgate::filter {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
// Bytes of UTF-8 sequences count as letters, so that dynamic keys may be written in any script.
bool IsWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}
bool IsWordPart(char c) { return IsWordStart(c) || IsDigit(c); }

struct Keyword {
  std::string_view text;
  TokenKind kind;
};

constexpr std::array kKeywords = {
    Keyword{"and", TokenKind::kAnd},       Keyword{"AND", TokenKind::kAnd},
    Keyword{"or", TokenKind::kOr},         Keyword{"OR", TokenKind::kOr},
    Keyword{"not", TokenKind::kNot},       Keyword{"NOT", TokenKind::kNot},
    Keyword{"in", TokenKind::kIn},         Keyword{"IN", TokenKind::kIn},
    Keyword{"like", TokenKind::kLike},     Keyword{"LIKE", TokenKind::kLike},
    Keyword{"is", TokenKind::kIs},         Keyword{"IS", TokenKind::kIs},
    Keyword{"null", TokenKind::kNull},     Keyword{"NULL", TokenKind::kNull},
    Keyword{"exists", TokenKind::kExists}, Keyword{"EXISTS", TokenKind::kExists},
    Keyword{"true", TokenKind::kTrue},     Keyword{"True", TokenKind::kTrue},
    Keyword{"TRUE", TokenKind::kTrue},     Keyword{"false", TokenKind::kFalse},
    Keyword{"False", TokenKind::kFalse},   Keyword{"FALSE", TokenKind::kFalse},
};

// Longer operators stand before their prefixes.
constexpr std::array kOperators = {
    Keyword{"**", TokenKind::kPower},        Keyword{"<<", TokenKind::kShiftLeft},
    Keyword{">>", TokenKind::kShiftRight},   Keyword{"<=", TokenKind::kLessEqual},
    Keyword{">=", TokenKind::kGreaterEqual}, Keyword{"==", TokenKind::kEqual},
    Keyword{"!=", TokenKind::kNotEqual},     Keyword{"&&", TokenKind::kAnd},
    Keyword{"||", TokenKind::kOr},           Keyword{"(", TokenKind::kLeftParen},
    Keyword{")", TokenKind::kRightParen},    Keyword{"[", TokenKind::kLeftBracket},
    Keyword{"]", TokenKind::kRightBracket},  Keyword{"{", TokenKind::kLeftBrace},
    Keyword{"}", TokenKind::kRightBrace},    Keyword{",", TokenKind::kComma},
    Keyword{"+", TokenKind::kPlus},          Keyword{"-", TokenKind::kMinus},
    Keyword{"*", TokenKind::kStar},          Keyword{"/", TokenKind::kSlash},
    Keyword{"%", TokenKind::kPercent},       Keyword{"&", TokenKind::kBitAnd},
    Keyword{"|", TokenKind::kBitOr},         Keyword{"^", TokenKind::kBitXor},
    Keyword{"~", TokenKind::kBitNot},        Keyword{"!", TokenKind::kNot},
    Keyword{"<", TokenKind::kLess},          Keyword{">", TokenKind::kGreater},
};

}  // namespace

Error Lexer::At(size_t offset, std::string_view what) const {
  return InvalidArgument(fmt::format("{} at byte {}", what, offset), Subject::kExpression);
}

Token Lexer::Take(TokenKind kind, size_t bytes) {
  Token token;
  token.kind = kind;
  token.offset = position_;
  token.text = text_.substr(position_, bytes);
  position_ += bytes;
  return token;
}

Result<Token> Lexer::Next() {
  while (position_ < text_.size() && IsSpace(text_[position_])) ++position_;
  if (position_ == text_.size()) return Take(TokenKind::kEnd, 0);
  const char c = Peek();
  if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return Number();
  if (c == '"' || c == '\'') return String(0);
  if ((c == 'r' || c == 'R') && (Peek(1) == '"' || Peek(1) == '\'')) return String(1);
  if (IsWordStart(c)) return Word();
  constexpr std::string_view kMetaText = "$meta";
  if (c == '$' && text_.substr(position_, kMetaText.size()) == kMetaText &&
      !IsWordPart(Peek(kMetaText.size()))) {
    return Take(TokenKind::kMeta, kMetaText.size());
  }
  return Punctuation();
}

Token Lexer::Word() {
  size_t bytes = 1;
  while (IsWordPart(Peek(bytes))) ++bytes;
  Token token = Take(TokenKind::kIdentifier, bytes);
  for (const Keyword& keyword : kKeywords) {
    if (keyword.text == token.text) token.kind = keyword.kind;
  }
  return token;
}

Result<Token> Lexer::Punctuation() {
  const std::string_view rest = text_.substr(position_);
  for (const Keyword& op : kOperators) {
    if (rest.starts_with(op.text)) return Take(op.kind, op.text.size());
  }
  if (rest.front() == '=') return At(position_, "unexpected '=' (equality is '==')");
  const auto code = static_cast<unsigned char>(rest.front());
  if (code < 0x20 || code == 0x7f) {
    return At(position_, fmt::format("unexpected control character 0x{:02x}", code));
  }
  return At(position_, fmt::format("unexpected '{}'", rest.front()));
}

Result<Token> Lexer::Number() {
  const char second = Peek(1);
  const bool zero = Peek() == '0';
  if (zero && (second == 'x' || second == 'X')) return Radix(16, 2);
  if (zero && (second == 'b' || second == 'B')) return Radix(2, 2);
  return DecimalOrFloat();
}

// Hexadecimal, binary and octal integers, and hexadecimal floats (0x1.8p3).
Result<Token> Lexer::Radix(int base, size_t prefix_bytes) {
  const char* first = text_.data() + position_ + prefix_bytes;
  const char* last = text_.data() + text_.size();
  uint64_t magnitude = 0;
  const auto [end, error] = std::from_chars(first, last, magnitude, base);
  const char stop = end == last ? '\0' : *end;
  if (base == 16 && (stop == '.' || stop == 'p' || stop == 'P')) {
    double value = 0;
    const auto [float_end, float_error] =
        std::from_chars(first, last, value, std::chars_format::hex);
    if (float_error != std::errc{} || (float_end != last && IsWordPart(*float_end))) {
      return At(position_, "invalid hexadecimal floating number");
    }
    const size_t float_bytes = static_cast<size_t>(float_end - text_.data()) - position_;
    Token token = Take(TokenKind::kFloating, float_bytes);
    token.floating = value;
    return token;
  }
  if (error == std::errc::result_out_of_range) return At(position_, "integer out of range");
  if (error != std::errc{} || IsWordPart(stop)) return At(position_, "invalid number");
  Token token = Take(TokenKind::kInteger, static_cast<size_t>(end - text_.data()) - position_);
  token.integer = magnitude;
  return token;
}

Result<Token> Lexer::DecimalOrFloat() {
  size_t bytes = 0;
  bool floating = false;
  while (IsDigit(Peek(bytes))) ++bytes;
  if (Peek(bytes) == '.') {
    floating = true;
    ++bytes;
    while (IsDigit(Peek(bytes))) ++bytes;
  }
  if (Peek(bytes) == 'e' || Peek(bytes) == 'E') {
    const size_t sign = Peek(bytes + 1) == '+' || Peek(bytes + 1) == '-' ? 1 : 0;
    if (!IsDigit(Peek(bytes + 1 + sign))) return At(position_, "invalid number");
    floating = true;
    bytes += 1 + sign;
    while (IsDigit(Peek(bytes))) ++bytes;
  }
  if (IsWordPart(Peek(bytes))) return At(position_, "invalid number");
  if (!floating) {
    const bool octal = Peek() == '0' && bytes > 1;
    return Radix(octal ? 8 : 10, 0);
  }
  Token token = Take(TokenKind::kFloating, bytes);
  const char* end = token.text.data() + token.text.size();
  const auto parsed = std::from_chars(token.text.data(), end, token.floating);
  if (parsed.ec == std::errc::result_out_of_range) {
    return At(token.offset, "floating number out of range");
  }
  return token;
}

Result<Token> Lexer::String(size_t prefix_bytes) {
  const size_t start = position_ + prefix_bytes;
  const char quote = text_[start];
  size_t end = start + 1;
  while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2 : 1;
  if (end >= text_.size()) return At(position_, "string without closing quote");
  const std::string_view body = text_.substr(start + 1, end - start - 1);
  const size_t offset = position_;
  Token token = Take(TokenKind::kString, end + 1 - position_);
  if (prefix_bytes > 0) {
    token.string = body;
    return token;
  }
  auto decoded = DecodeEscapes(body);
  if (!decoded.ok()) return At(offset, decoded.error().message);
  token.string = std::move(*decoded);
  return token;
}

}  // namespace vecgate::filter

#include "filter/string_literal.h"

#include <fmt/format.h>

#include <charconv>

namespace vecgate::filter {
namespace {

void AppendUtf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

class EscapeDecoder {
 public:
  explicit EscapeDecoder(std::string_view in) : in_(in) {}

  Result<std::string> Run() {
    while (position_ < in_.size()) {
      if (in_[position_] != '\\') {
        out_ += in_[position_++];
      } else {
        VG_RETURN_IF_ERROR(Escape());
      }
    }
    return std::move(out_);
  }

 private:
  Status Escape() {
    start_ = position_++;
    if (position_ == in_.size()) return Invalid();
    const char c = in_[position_++];
    switch (c) {
      case 'n': out_ += '\n'; return Ok();
      case 't': out_ += '\t'; return Ok();
      case 'r': out_ += '\r'; return Ok();
      case 'a': out_ += '\a'; return Ok();
      case 'b': out_ += '\b'; return Ok();
      case 'f': out_ += '\f'; return Ok();
      case 'v': out_ += '\v'; return Ok();
      case '\\':
      case '\'':
      case '"':
      case '?': out_ += c; return Ok();
      case '%':
      case '_':
        out_ += '\\';
        out_ += c;
        return Ok();
      case 'x': return HexByte();
      case 'u': return CodePoint(4);
      case 'U': return CodePoint(8);
      default: break;
    }
    if (c < '0' || c > '7') return Invalid();
    --position_;
    return OctalByte();
  }

  Status OctalByte() {
    uint32_t value = 0;
    for (int i = 0; i < 3 && position_ < in_.size(); ++i) {
      const char c = in_[position_];
      if (c < '0' || c > '7') break;
      value = value * 8 + static_cast<uint32_t>(c - '0');
      ++position_;
    }
    if (value > 0xff) return Invalid();
    out_ += static_cast<char>(value);
    return Ok();
  }

  Status HexByte() {
    VG_ASSIGN_OR_RETURN(const uint32_t value, Hex(2));
    out_ += static_cast<char>(value);
    return Ok();
  }

  Status CodePoint(size_t digits) {
    VG_ASSIGN_OR_RETURN(uint32_t code, Hex(digits));
    const bool high = code >= 0xd800 && code < 0xdc00;
    if (high && in_.substr(position_, 2) == "\\u") {
      position_ += 2;
      VG_ASSIGN_OR_RETURN(const uint32_t low, Hex(4));
      if (low < 0xdc00 || low >= 0xe000) return Invalid();
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return Invalid();
    AppendUtf8(code, out_);
    return Ok();
  }

  Result<uint32_t> Hex(size_t digits) {
    if (in_.size() - position_ < digits) return Invalid();
    const char* first = in_.data() + position_;
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(first, first + digits, value, 16);
    if (error != std::errc{} || end != first + digits) return Invalid();
    position_ += digits;
    return value;
  }

  [[nodiscard]] Error Invalid() const {
    const std::string_view found = in_.substr(start_, 2);
    return InvalidArgument(fmt::format("invalid escape sequence '{}' in a string", found),
                           Subject::kExpression);
  }

  std::string_view in_;
  size_t position_ = 0;
  size_t start_ = 0;
  std::string out_;
};

}  // namespace

Result<std::string> DecodeEscapes(std::string_view body) {
  if (body.find('\\') == std::string_view::npos) return std::string(body);
  return EscapeDecoder(body).Run();
}

size_t Utf8Length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  if (byte >= 0xc0) return 2;
  return 1;
}

std::string Shorten(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace vecgate::filter

#include <uchardet.h>
#include <unicode/ucnv.h>
#include <unicode/utf8.h>

#include <memory>

#include "document/extract.h"

namespace vecgate {
namespace {

// The detector settles long before this; reading all of a large file would only cost time.
constexpr size_t kDetectBytes = 256 << 10;

bool IsUtf8(std::string_view bytes) {
  const auto* raw = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto size = static_cast<int32_t>(bytes.size());
  for (int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT(raw, at, size, c);
    if (c < 0) return false;
  }
  return true;
}

Result<std::string> Convert(std::string_view bytes, const char* charset) {
  UErrorCode status = U_ZERO_ERROR;
  // A code unit never gives more than four bytes of UTF-8.
  std::string out(bytes.size() * 4 + 16, '\0');
  const int32_t size = ucnv_convert("UTF-8", charset, out.data(), static_cast<int32_t>(out.size()),
                                    bytes.data(), static_cast<int32_t>(bytes.size()), &status);
  if (U_FAILURE(status)) {
    return InvalidArgument(
        std::string("the text cannot be decoded as ") + charset + ": " + u_errorName(status),
        Subject::kDocument);
  }
  out.resize(static_cast<size_t>(size));
  return out;
}

std::string DetectCharset(std::string_view bytes) {
  const std::unique_ptr<uchardet, decltype(&uchardet_delete)> detector(uchardet_new(),
                                                                       &uchardet_delete);
  const std::string_view sample = bytes.substr(0, kDetectBytes);
  if (uchardet_handle_data(detector.get(), sample.data(), sample.size()) != 0) return {};
  uchardet_data_end(detector.get());
  return uchardet_get_charset(detector.get());
}

}  // namespace

Result<std::string> DecodeText(std::string_view bytes) {
  if (bytes.size() > (size_t{256} << 20)) {
    return ResourceExhausted("a text of more than 256 MiB cannot be read", Subject::kDocument);
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    return Convert(bytes, "UTF-16");
  if (bytes.find('\0') != std::string_view::npos) {
    return InvalidArgument("the text holds NUL bytes, so it looks like a binary file",
                           Subject::kDocument);
  }
  if (IsUtf8(bytes)) return std::string(bytes);
  const std::string charset = DetectCharset(bytes);
  // Windows-1252 maps nearly every byte and is by far the most common unlabelled encoding.
  if (charset.empty() || charset == "UTF-8" || charset == "ASCII")
    return Convert(bytes, "windows-1252");
  Result<std::string> text = Convert(bytes, charset.c_str());
  return text.ok() ? text : Convert(bytes, "windows-1252");
}

Result<Document> ExtractPlainText(std::string_view bytes) {
  Document out;
  VG_ASSIGN_OR_RETURN(out.text, DecodeText(bytes));
  size_t begin = 0;
  int32_t number = 1;
  while (true) {
    const size_t feed = out.text.find('\f', begin);
    if (feed == std::string::npos) break;
    out.text[feed] = '\n';
    out.pages.push_back({number++, {begin, feed + 1}});
    begin = feed + 1;
  }
  if (begin < out.text.size() || out.pages.empty()) {
    out.pages.push_back({number, {begin, out.text.size()}});
  }
  return out;
}

Result<Document> ExtractMarkdown(std::string_view bytes) {
  Document out;
  VG_ASSIGN_OR_RETURN(out.text, DecodeText(bytes));
  out.pages.push_back({1, {0, out.text.size()}});
  const size_t heading = out.text.starts_with("# ") ? 0 : out.text.find("\n# ");
  if (heading != std::string::npos) {
    const size_t begin = out.text.find("# ", heading) + 2;
    const size_t end = std::min(out.text.find_first_of("\r\n", begin), out.text.size());
    out.title = out.text.substr(begin, end - begin);
  }
  return out;
}

}  // namespace vecgate

// The first byte chooses the format; whatever follows, Extract answers with a valid document or an
// error, and what crosses the pipe comes back as it was.
#include <cstdlib>

#include "document/extract.h"
#include "document/extract_frame.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto format = static_cast<vecgate::DocumentFormat>(data[0] % 5 + 1);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const vecgate::ExtractLimits limits{
      .max_text_bytes = 1 << 20, .max_unpacked_bytes = 1 << 20, .max_pages = 100};
  const auto document = vecgate::Extract(format, bytes, limits);
  if (!document.ok()) return 0;
  if (document->pages.empty() || document->text.size() > limits.max_text_bytes) std::abort();
  const auto back = vecgate::DecodeExtractFrame(vecgate::EncodeExtractFrame(document));
  if (!back.ok() || back->text != document->text) std::abort();
  return 0;
}

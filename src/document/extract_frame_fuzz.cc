// The parent trusts nothing that the extraction child says.
#include "document/extract_frame.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(vecgate::DecodeExtractFrame(bytes));
  static_cast<void>(vecgate::DecodeDocument(bytes));
  return 0;
}

// However the bytes are cut into pieces, the outcome is the same.
#include <cstdlib>

#include "api/native/multipart.h"

namespace {

vecgate::Result<std::vector<vecgate::MultipartPart>> Parse(std::string_view bytes, size_t piece) {
  auto parser = vecgate::MultipartParser::ForContentType("multipart/form-data; boundary=b");
  if (!parser.ok()) return parser.error();
  for (size_t at = 0; at < bytes.size(); at += piece) {
    VG_RETURN_IF_ERROR(parser->Feed(bytes.substr(at, piece)));
  }
  return parser->Finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = Parse(bytes, bytes.size() + 1);
  const auto pieces = Parse(bytes, data[0] % 16 + 1);
  // Limits may be noticed at different moments; what is accepted must be equal.
  if (whole.ok() && pieces.ok()) {
    if (whole->size() != pieces->size()) std::abort();
    for (size_t i = 0; i < whole->size(); ++i) {
      if ((*whole)[i].data != (*pieces)[i].data || (*whole)[i].name != (*pieces)[i].name)
        std::abort();
    }
  }
  return 0;
}

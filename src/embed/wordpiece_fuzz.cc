// Any bytes: tokens lie inside the text, in order.
#include <cstdlib>

#include "embed/embedder.h"
#include "embed/wordpiece.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const vecgate::WordPiece tokenizer =
      vecgate::WordPiece::Load(std::string(VECGATE_MINILM_DIR) + "/vocab.txt").value();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t last = 0;
  for (const auto& token : tokenizer.Tokenize(text)) {
    if (token.bytes.begin < last || token.bytes.end <= token.bytes.begin ||
        token.bytes.end > size) {
      std::abort();
    }
    last = token.bytes.begin;
  }
  return 0;
}

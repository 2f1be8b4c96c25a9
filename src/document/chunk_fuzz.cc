// Any text, any options: chunks come in order, lie inside the text and cover every token.
#include <cstdlib>
#include <vector>

#include "document/chunk.h"

namespace {

std::vector<vecgate::ByteRange> Words(std::string_view text) {
  std::vector<vecgate::ByteRange> out;
  size_t at = 0;
  while ((at = text.find_first_not_of(" \n", at)) != std::string_view::npos) {
    const size_t end = std::min(text.find_first_of(" \n", at), text.size());
    out.push_back({at, end});
    at = end;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  vecgate::ChunkOptions options;
  options.strategy = static_cast<vecgate::ChunkStrategy>(data[0] % 4);
  options.max_tokens = 8 + data[1] % 64;
  options.overlap_tokens = data[2] % (options.max_tokens / 2 + 1);
  const std::string_view text(reinterpret_cast<const char*>(data) + 3, size - 3);
  const auto words = Words(text);
  size_t covered = 0;
  size_t last = 0;
  for (const auto& chunk : vecgate::ChunkText(text, words, {{1, {0, text.size()}}}, options)) {
    const auto [begin, end] = chunk.bytes;
    if (begin < last || end <= begin || end > text.size()) std::abort();
    // Between what is covered and this chunk there may be white space only.
    if (begin > covered &&
        text.substr(covered, begin - covered).find_first_not_of(" \n") != std::string_view::npos) {
      std::abort();
    }
    last = begin;
    covered = std::max(covered, end);
  }
  if (!words.empty() && covered < words.back().end) std::abort();
  return 0;
}

#include "embed/hash_embedder.h"

#include <cmath>

#include "base/checksum.h"

namespace vecgate {
namespace {

bool IsWordByte(unsigned char byte) {
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z') || byte == '_';
}

std::string LowerAscii(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

std::vector<ByteRange> HashEmbedder::Tokens(std::string_view text) const {
  std::vector<ByteRange> tokens;
  size_t at = 0;
  while (at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const size_t begin = at++;
    if (byte <= ' ' || byte == 0x7f) continue;
    if (IsWordByte(byte)) {
      while (at < text.size() && IsWordByte(static_cast<unsigned char>(text[at]))) ++at;
    }
    tokens.push_back({begin, at});
  }
  return tokens;
}

Result<std::vector<float>> HashEmbedder::EmbedBatch(const OpContext& context,
                                                    std::span<const std::string> texts) const {
  const size_t dim = dimension();
  std::vector<float> out(texts.size() * dim, 0.0F);
  for (size_t i = 0; i < texts.size(); ++i) {
    VG_RETURN_IF_ERROR(context.Check());
    float* row = &out[i * dim];
    for (const ByteRange token : Tokens(texts[i])) {
      // The top bit decides the sign, so that collisions cancel instead of adding up.
      const uint64_t hash =
          StableHash64(LowerAscii(std::string_view(texts[i]).substr(token.begin, token.size())));
      row[hash % dim] += (hash >> 63) != 0 ? 1.0F : -1.0F;
    }
    float norm = 0;
    for (size_t d = 0; d < dim; ++d) norm += row[d] * row[d];
    if (norm == 0) {
      // A text without words still needs a valid unit vector: cosine is undefined for zero.
      row[0] = norm = 1;
    }
    for (size_t d = 0; d < dim; ++d) row[d] /= std::sqrt(norm);
  }
  return out;
}

}  // namespace vecgate

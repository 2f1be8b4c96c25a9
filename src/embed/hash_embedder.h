// HashEmbedder: word feature hashing into unit vectors. Needs no model and always gives the same
// vectors, so tests and small installations can run without one. Texts that share words are near.
//
// Thread safety: stateless.
#pragma once

#include "embed/embedder.h"

namespace vecgate {

class HashEmbedder : public Embedder {
 public:
  [[nodiscard]] std::string_view name() const override { return "hash"; }
  [[nodiscard]] size_t dimension() const override { return 384; }
  [[nodiscard]] size_t max_tokens() const override { return 1 << 20; }
  Result<std::vector<float>> EmbedBatch(const OpContext& context,
                                        std::span<const std::string> texts) const override;
  /// Words: runs of letters, digits and bytes beyond ASCII; every other visible byte by itself.
  [[nodiscard]] std::vector<ByteRange> Tokens(std::string_view text) const override;
};

}  // namespace vecgate

// MiniLmEmbedder: all-MiniLM-L6-v2 on this machine's CPU, as sentence-transformers runs it: at most
// 256 tokens with [CLS] and [SEP], mean pooling, L2 norm, 384 dimensions.
//
// Thread safety: as Embedder's.
#pragma once

#include "embed/bert_graph.h"
#include "embed/embedder.h"
#include "embed/wordpiece.h"

namespace vecgate {

class MiniLmEmbedder : public Embedder {
 public:
  static Result<std::unique_ptr<MiniLmEmbedder>> Open(const EmbedderOptions& options);

  [[nodiscard]] std::string_view name() const override { return "minilm"; }
  [[nodiscard]] size_t dimension() const override { return BertGraph::kWidth; }
  [[nodiscard]] size_t max_tokens() const override { return 254; }
  Result<std::vector<float>> EmbedBatch(const OpContext& context,
                                        std::span<const std::string> texts) const override;
  [[nodiscard]] std::vector<ByteRange> Tokens(std::string_view text) const override;

  [[nodiscard]] const WordPiece& tokenizer() const { return tokenizer_; }
  [[nodiscard]] bool uses_bf16() const { return bf16_; }

 private:
  MiniLmEmbedder(WordPiece tokenizer, std::unique_ptr<BertGraph> graph, bool bf16)
      : tokenizer_(std::move(tokenizer)), graph_(std::move(graph)), bf16_(bf16) {}

  WordPiece tokenizer_;
  std::unique_ptr<BertGraph> graph_;
  bool bf16_;
};

}  // namespace vecgate

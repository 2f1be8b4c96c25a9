// Reads a JSON array of texts from stdin; writes {"ids": [[…]], "vectors": [[…]], "bf16": …} of our
// MiniLM, for minilm_reference.py to compare. `embed_dump MODEL_DIR f32|bf16|auto`
#include <iostream>
#include <nlohmann/json.hpp>

#include "embed/minilm_embedder.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: embed_dump MODEL_DIR f32|bf16|auto\n";
    return 64;
  }
  using Precision = vecgate::EmbedderOptions::Precision;
  const std::string precision = argv[2];
  const vecgate::EmbedderOptions options{.model_dir = argv[1],
                                         .precision = precision == "bf16"   ? Precision::kBf16
                                                      : precision == "auto" ? Precision::kAuto
                                                                            : Precision::kF32};
  const auto embedder = vecgate::MiniLmEmbedder::Open(options);
  if (!embedder.ok()) {
    std::cerr << embedder.error().message << "\n";
    return 1;
  }
  const auto texts = nlohmann::json::parse(std::cin).get<std::vector<std::string>>();
  const auto vectors = (*embedder)->EmbedBatch({}, texts);
  if (!vectors.ok()) {
    std::cerr << vectors.error().message << "\n";
    return 1;
  }
  const size_t dim = (*embedder)->dimension();
  nlohmann::json out = {{"bf16", (*embedder)->uses_bf16()},
                        {"ids", nlohmann::json::array()},
                        {"vectors", nlohmann::json::array()}};
  for (size_t i = 0; i < texts.size(); ++i) {
    auto& ids = out["ids"].emplace_back(nlohmann::json::array());
    for (const auto& token : (*embedder)->tokenizer().Tokenize(texts[i])) ids.push_back(token.id);
    out["vectors"].push_back(
        std::vector<float>(vectors->begin() + static_cast<ptrdiff_t>(i * dim),
                           vectors->begin() + static_cast<ptrdiff_t>((i + 1) * dim)));
  }
  std::cout << out;
  return 0;
}

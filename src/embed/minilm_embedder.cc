#include "embed/minilm_embedder.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace vecgate {
namespace {

// Rows of one inference. Sorted by length, so padding is small; 32 keeps activations in cache.
constexpr size_t kBatchRows = 32;
// Lengths are rounded up to this, so that few different shapes are compiled and cached.
constexpr size_t kLengthStep = 8;
// The lowest cosine to f32 at which the faster bf16 may be used unasked.
constexpr float kBf16MinCosine = 0.9999F;

std::vector<std::string> ProbeTexts() {
  return {
      "",
      "The quick brown fox jumps over the lazy dog.",
      "Configure the server by file, environment and flags; unknown keys are errors.",
      "E = mc^2, 3.14159, 1,000,000 rows and 0x7fff bytes",
      "Grüße aus Köln, 東京タワー and Привет мир",
      "SELECT name, count(*) FROM users WHERE age > 21 GROUP BY name ORDER BY 2 DESC LIMIT 10;"};
}

Result<bool> Bf16IsCloseEnough(const MiniLmEmbedder& exact, const MiniLmEmbedder& fast) {
  const std::vector<std::string> texts = ProbeTexts();
  VG_ASSIGN_OR_RETURN(const std::vector<float> a, exact.EmbedBatch({}, texts));
  VG_ASSIGN_OR_RETURN(const std::vector<float> b, fast.EmbedBatch({}, texts));
  for (size_t row = 0; row < texts.size(); ++row) {
    const size_t first = row * BertGraph::kWidth;
    const float cosine =
        std::inner_product(&a[first], &a[first] + BertGraph::kWidth, &b[first], 0.0F);
    if (cosine < kBf16MinCosine) return false;
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<MiniLmEmbedder>> MiniLmEmbedder::Open(const EmbedderOptions& options) {
  VG_ASSIGN_OR_RETURN(WordPiece tokenizer, WordPiece::Load(options.model_dir + "/vocab.txt"));
  BertGraph::Options graph_options{.weights_path = options.model_dir + "/model.safetensors",
                                   .threads = options.threads,
                                   .bf16 = options.precision == EmbedderOptions::Precision::kBf16};
  VG_ASSIGN_OR_RETURN(auto graph, BertGraph::Open(graph_options));
  std::unique_ptr<MiniLmEmbedder> exact(
      new MiniLmEmbedder(tokenizer, std::move(graph), graph_options.bf16));
  if (options.precision != EmbedderOptions::Precision::kAuto ||
      __builtin_cpu_supports("avx512bf16") == 0) {
    return exact;
  }
  graph_options.bf16 = true;
  VG_ASSIGN_OR_RETURN(auto fast_graph, BertGraph::Open(graph_options));
  std::unique_ptr<MiniLmEmbedder> fast(
      new MiniLmEmbedder(std::move(tokenizer), std::move(fast_graph), true));
  VG_ASSIGN_OR_RETURN(const bool close, Bf16IsCloseEnough(*exact, *fast));
  return close ? std::move(fast) : std::move(exact);
}

std::vector<ByteRange> MiniLmEmbedder::Tokens(std::string_view text) const {
  std::vector<ByteRange> out;
  for (const WordPieceToken& token : tokenizer_.Tokenize(text)) {
    // One character may give several tokens (decompositions); only the first of them counts bytes.
    if (out.empty() || token.bytes.begin >= out.back().end) out.push_back(token.bytes);
  }
  return out;
}

Result<std::vector<float>> MiniLmEmbedder::EmbedBatch(const OpContext& context,
                                                      std::span<const std::string> texts) const {
  std::vector<std::vector<int32_t>> ids(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    // 64 bytes a token is far more than any language needs, so what is cut here is beyond the
    // limit.
    const auto tokens =
        tokenizer_.Tokenize(std::string_view(texts[i]).substr(0, max_tokens() * 512));
    ids[i].push_back(tokenizer_.cls_id());
    for (size_t t = 0; t < std::min(tokens.size(), max_tokens()); ++t) {
      ids[i].push_back(tokens[t].id);
    }
    ids[i].push_back(tokenizer_.sep_id());
  }
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return ids[a].size() < ids[b].size(); });

  std::vector<float> out(texts.size() * dimension());
  std::vector<float> rows(kBatchRows * dimension());
  for (size_t first = 0; first < order.size(); first += kBatchRows) {
    VG_RETURN_IF_ERROR(context.Check());
    const size_t count = std::min(kBatchRows, order.size() - first);
    const size_t longest = ids[order[first + count - 1]].size();
    const size_t length = (longest + kLengthStep - 1) / kLengthStep * kLengthStep;
    std::vector<int32_t> padded(count * length, 0);
    std::vector<int32_t> lengths(count);
    for (size_t row = 0; row < count; ++row) {
      const auto& source = ids[order[first + row]];
      std::copy(source.begin(), source.end(),
                padded.begin() + static_cast<ptrdiff_t>(row * length));
      lengths[row] = static_cast<int32_t>(source.size());
    }
    VG_RETURN_IF_ERROR(graph_->Run(padded, lengths, length, rows.data()));
    for (size_t row = 0; row < count; ++row) {
      std::memcpy(&out[order[first + row] * dimension()], &rows[row * dimension()],
                  dimension() * sizeof(float));
    }
  }
  return out;
}

}  // namespace vecgate

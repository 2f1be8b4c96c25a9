// Embedder: texts in, unit vectors out; and the tokens by which chunking measures.
//
// Thread safety: every method may be called from any thread.
// Ownership: inputs are borrowed for the call only.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_range.h"
#include "base/op_context.h"
#include "base/result.h"

namespace vecgate {

class Embedder {
 public:
  virtual ~Embedder() = default;

  /// "minilm", "hash": part of the collection's name, so vectors of two models never mix.
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Length of each vector.
  [[nodiscard]] virtual size_t dimension() const = 0;
  /// Tokens of a text beyond this many do not influence its vector; special tokens are not counted.
  [[nodiscard]] virtual size_t max_tokens() const = 0;

  /// One unit vector for each text: n × dimension, row-major, in the order of `texts`. Any bytes
  /// are accepted; an empty text has a vector too. Errors: kCancelled, kDeadlineExceeded between
  /// batches; kInternal when the model fails.
  virtual Result<std::vector<float>> EmbedBatch(const OpContext& context,
                                                std::span<const std::string> texts) const = 0;

  /// The tokens that the model sees in `text`, as byte ranges of it, in order, not overlapping and
  /// never empty. Not cut at max_tokens().
  [[nodiscard]] virtual std::vector<ByteRange> Tokens(std::string_view text) const = 0;
};

struct EmbedderOptions {
  /// "minilm" or "hash".
  std::string kind = "minilm";
  /// Folder with model.safetensors and vocab.txt; for "minilm".
  std::string model_dir = VECGATE_MINILM_DIR;
  /// Threads of the model; 0 takes all cores.
  int threads = 0;
  /// kAuto takes bf16 only where it was measured to keep the cosine to f32 at 0.9999 or more.
  enum class Precision { kF32, kBf16, kAuto } precision = Precision::kF32;
};

/// Errors: kInvalidArgument for an unknown kind (the message lists those that exist); kNotFound or
/// kDataLoss for a missing or damaged model file.
Result<std::unique_ptr<Embedder>> MakeEmbedder(const EmbedderOptions& options);

}  // namespace vecgate

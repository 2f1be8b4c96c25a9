// The encoder of all-MiniLM-L6-v2 as an OpenVINO model, compiled for this machine's CPU: token ids
// in, unit sentence vectors out (mean of the last layer over the mask, then L2 norm).
//
// The architecture is BERT (Devlin et al. 2018) with 6 layers, 12 heads, 384 wide, as the weights'
// names and shapes in model.safetensors say. OpenVINO is named in bert_graph.cc only.
//
// Thread safety: Run may be called from any thread; calls beyond the number of pooled requests
// wait.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace vecgate {

class BertGraph {
 public:
  static constexpr size_t kWidth = 384;

  struct Options {
    std::string weights_path;
    int threads = 0;  // 0: all cores
    bool bf16 = false;
  };
  /// kNotFound or kDataLoss for the weights, kInternal when the library cannot compile the model.
  static Result<std::unique_ptr<BertGraph>> Open(const Options& options);
  ~BertGraph();

  /// `ids` is batch × length, row-major, padded with zeros; `lengths` has the true length of each
  /// row (at least 1). Appends batch × kWidth floats to `out`. kInternal when inference fails.
  Status Run(std::span<const int32_t> ids, std::span<const int32_t> lengths, size_t length,
             float* out);

 private:
  struct State;
  explicit BertGraph(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vecgate

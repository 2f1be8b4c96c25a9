// RotatedFrame: where vectors are coded: moved so that their mean is the origin, then turned by a
// random orthogonal matrix, so that no dimension is special and each code bit tells equally much.
//
// The rotation is four rounds of random signs, a Hadamard transform over the largest power of two
// that fits (at the front and at the back by turns), and a mixing of both halves, as in the
// RaBitQ library's "FHT-Kac" rotator (J. Gao, C. Long, SIGMOD 2024): O(d log d), no matrix kept.
//
// In the frame every metric is  distance(x, y) = Add(x) + Add(y) + constant - weight · <x', y'>
// with x' = Rotate(x - mean): L2 has weight 2 and Add = |x'|²; IP and COSINE have weight 1,
// Add(x) = -<mean, x>, constant |mean|².
//
// Thread safety: const from any thread after Train.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "index/vector_space.h"
#include "kernels/code_kernels.h"

namespace vecgate::index {

class RotatedFrame {
 public:
  /// Codes are made of whole 64-bit words.
  static constexpr size_t kBlock = 64;
  /// The floats of a vector of `dim` in the frame: `dim` rounded up to whole blocks.
  static size_t PaddedDim(size_t dim) { return (dim + kBlock - 1) / kBlock * kBlock; }

  /// The same dim gives the same rotation everywhere.
  RotatedFrame(Metric metric, size_t dim);
  RotatedFrame(const RotatedFrame&) = delete;
  RotatedFrame& operator=(const RotatedFrame&) = delete;

  /// The mean of `count` vectors (count × dim). Without it the mean is 0.
  void Train(const float* vectors, size_t count);

  /// Writes padded_dim() floats, x', and returns Add(x). REQUIRES: `vector` is in the metric's own
  /// form (of length 1 for COSINE).
  float ToFrame(const float* vector, float* out) const;

  [[nodiscard]] float weight() const { return metric_ == Metric::kL2 ? 2.0F : 1.0F; }
  [[nodiscard]] float constant() const { return metric_ == Metric::kL2 ? 0.0F : mean_squared_; }
  [[nodiscard]] size_t padded_dim() const { return padded_dim_; }
  /// The mean as bytes; and taking it up: kDataLoss when it is not `dim` finite floats.
  [[nodiscard]] std::string Learnt() const;
  Status SetLearnt(std::string_view bytes);

 private:
  void SetMean(std::vector<float> mean);

  const Metric metric_;
  const size_t dim_;
  const size_t padded_dim_;
  const kernels::CodeKernels* kernels_;
  std::vector<float> signs_;
  kernels::Rotation rotation_;  // points into signs_
  std::vector<float> mean_;
  float mean_squared_ = 0;
};

}  // namespace vecgate::index

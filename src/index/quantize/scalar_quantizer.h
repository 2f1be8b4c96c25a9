// ScalarQuantizer: each element of a vector as a code of 8 or 4 bits between the ends of a range
// that was learnt for that element.
//
// x is coded as round((x - low) / step), and decoded as low + step · code, so within the range the
// error of an element is at most step / 2; what lies outside comes back as the range's end.
//
// Distances are asymmetric: a query stays in float but for the 15-bit fixed point in which it is
// multiplied with codes (kernels/scalar_codes.h). With y = q - low and the decoded x = low + s·c:
//   q·x      = q·low + sum (q·s)·c
//   |q - x|² = |y|² - 2 · sum (y·s)·c + |s·c|²
// The last term is the "norm" of a code and is kept beside it. Taking distances from `low` keeps
// the terms as small as the range, so a large common offset costs no precision.
//
// Thread safety: const after training. Ownership: borrows nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "index/code_space.h"
#include "kernels/scalar_codes.h"

namespace vecgate::index {

class ScalarQuantizer {
 public:
  ScalarQuantizer() = default;

  /// Learns ranges from `count` vectors (count × dim, row-major), at least 1. For each element it
  /// takes the range, among the whole and some that leave out the outermost values, which codes the
  /// sample with the least squared error. Deterministic. kInvalidArgument, Subject::kIndex, for
  /// other than 4 or 8 bits or without a vector.
  static Result<ScalarQuantizer> Train(size_t bits, size_t dim, const float* vectors, size_t count);

  /// Writes code_bytes() bytes. `vector` holds dim floats; what is not a number is coded as `low`.
  void Encode(const float* vector, uint8_t* code) const;
  /// Writes dim floats.
  void Decode(const uint8_t* code, float* vector) const;
  /// |s·c|² of a code, which L2 needs.
  [[nodiscard]] float Norm(const uint8_t* code) const;

  /// A query ready for InnerProducts or L2Squared respectively. `query` holds dim floats.
  void PrepareInnerProduct(const float* query, PreparedQuery& out) const;
  void PrepareL2(const float* query, PreparedQuery& out) const;
  /// out[i] is query·x of codes[i]. REQUIRES: prepared by PrepareInnerProduct; count <= kMostBatch.
  void InnerProducts(const PreparedQuery& query, const uint8_t* const* codes, size_t count,
                     float* out) const;
  /// out[i] is |query - x|² of codes[i], whose norm is norms[i]; never below 0.
  /// REQUIRES: prepared by PrepareL2; count <= kMostBatch.
  void L2Squared(const PreparedQuery& query, const uint8_t* const* codes, const float* norms,
                 size_t count, float* out) const;
  static constexpr size_t kMostBatch = 64;

  [[nodiscard]] size_t dim() const { return low_.size(); }
  [[nodiscard]] size_t bits() const { return bits_; }
  [[nodiscard]] size_t code_bytes() const { return CodeBytes(bits_, dim()); }
  static size_t CodeBytes(size_t bits, size_t dim) { return bits == 8 ? dim : (dim + 1) / 2; }

  void Serialize(ByteWriter& out) const;
  /// kDataLoss when the bytes end early or hold what Train cannot give.
  static Result<ScalarQuantizer> Deserialize(ByteReader& in);

 private:
  [[nodiscard]] uint32_t CodeOf(float x, size_t d) const;
  [[nodiscard]] uint32_t CodeAt(const uint8_t* code, size_t d) const;
  // Where element d stands in the arrays of a prepared query.
  [[nodiscard]] size_t QueryPlace(size_t d) const;
  [[nodiscard]] size_t QueryWords() const;
  void PrepareScaled(const float* query, bool from_low, double bias, PreparedQuery& out) const;
  void Dots(const PreparedQuery& query, const uint8_t* const* codes, size_t count,
            int64_t* out) const;

  size_t bits_ = 8;
  std::vector<float> low_;
  std::vector<float> step_;  // 0 where all values of the sample were the same
};

}  // namespace vecgate::index

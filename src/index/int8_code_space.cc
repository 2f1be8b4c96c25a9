#include "index/int8_code_space.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace vecgate::index {
namespace {

constexpr size_t kAtOnce = 64;
constexpr float kHighest = 127;

}  // namespace

// What belongs to a stored vector and follows its bytes.
struct Int8CodeSpace::Factors {
  float add = 0;    // the frame's Add
  float scale = 0;  // x' ≈ scale · byte
  int32_t sum = 0;  // of the bytes
  int32_t unused = 0;
};

// What a prepared query begins with; its values follow: floats, or bytes raised by the kernel's
// query_bias when `is_stored`.
struct alignas(64) Int8CodeSpace::Header {
  bool is_stored = false;
  float add = 0;    // the frame's Add and constant
  float scale = 0;  // of bytes, times the weight; for floats the weight alone
};

Int8CodeSpace::Int8CodeSpace(Metric metric, size_t dim)
    : RotatedCodeSpace(metric, dim, RotatedFrame::PaddedDim(dim) + sizeof(Factors)),
      kernels_(&kernels::ActiveCodeKernels()) {}

inline Int8CodeSpace::Factors Int8CodeSpace::FactorsOf(const char* row) const {
  Factors factors;
  std::memcpy(&factors, row + frame().padded_dim(), sizeof(factors));
  return factors;
}

void Int8CodeSpace::Encode(Slot slot, const float* vector) {
  const size_t dim = frame().padded_dim();
  std::vector<float> x(dim);
  Factors factors;
  factors.add = frame().ToFrame(vector, x.data());
  float largest = 0;
  for (const float value : x) largest = std::max(largest, std::abs(value));
  factors.scale = largest / kHighest;
  const float inverse = factors.scale > 0 ? 1 / factors.scale : 0.0F;
  char* row = Row(slot);
  for (size_t i = 0; i < dim; ++i) {
    const float rounded = std::clamp(std::round(x[i] * inverse), -kHighest, kHighest);
    const auto byte = static_cast<int8_t>(rounded);
    row[i] = static_cast<char>(byte);
    factors.sum += byte;
  }
  std::memcpy(row + dim, &factors, sizeof(factors));
}

void Int8CodeSpace::PrepareFramed(const float* in_frame, float add, PreparedQuery& out) const {
  const size_t bytes = frame().padded_dim() * sizeof(float);
  char* const memory = out.Resize(sizeof(Header) + bytes);
  const Header header{false, add + frame().constant(), frame().weight()};
  std::memcpy(memory, &header, sizeof(header));
  std::memcpy(memory + sizeof(header), in_frame, bytes);
}

void Int8CodeSpace::PrepareStored(Slot slot, PreparedQuery& out) const {
  const size_t dim = frame().padded_dim();
  const char* const row = Row(slot);
  const Factors factors = FactorsOf(row);
  char* const memory = out.Resize(sizeof(Header) + dim);
  const Header header{true, factors.add + frame().constant(), frame().weight() * factors.scale};
  std::memcpy(memory, &header, sizeof(header));
  // Adding 128 to a byte of two's complement is turning its top bit round.
  const uint64_t turned = kernels_->query_bias == 0 ? 0 : 0x8080808080808080ULL;
  for (size_t i = 0; i < dim; i += sizeof(uint64_t)) {
    uint64_t bytes;
    std::memcpy(&bytes, row + i, sizeof(bytes));
    bytes ^= turned;
    std::memcpy(memory + sizeof(header) + i, &bytes, sizeof(bytes));
  }
}

void Int8CodeSpace::Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                              float* out) const {
  const size_t dim = frame().padded_dim();
  Header header;
  std::memcpy(&header, query.data(), sizeof(header));
  const char* const values = query.data() + sizeof(Header);
  const int8_t* rows[kAtOnce];
  int32_t dots[kAtOnce];
  for (size_t at = 0; at < count; at += kAtOnce) {
    const size_t n = std::min(kAtOnce, count - at);
    for (size_t i = 0; i < n; ++i) {
      const char* row = Row(slots[at + i]);
      kernels::Prefetch(row, row_bytes());
      rows[i] = reinterpret_cast<const int8_t*>(row);
    }
    if (header.is_stored) {
      kernels_->dot_s8_s8(reinterpret_cast<const uint8_t*>(values), rows, n, dim, dots);
    } else {
      kernels_->dot_f32_s8(reinterpret_cast<const float*>(values), rows, n, dim, out + at);
    }
    for (size_t i = 0; i < n; ++i) {
      const Factors factors = FactorsOf(reinterpret_cast<const char*>(rows[i]));
      const float dot = header.is_stored
                            ? static_cast<float>(dots[i] - kernels_->query_bias * factors.sum)
                            : out[at + i];
      out[at + i] = Ordered(header.add + factors.add - header.scale * factors.scale * dot);
    }
  }
}

// With f = |r|² / Σ|r_i|, <r, q'> = <r, base'> + <r, q' - base'> ≈ <r, base'> + f · Σ ±(q' -
// base')_i; neighbor_codes.h has the rest.
Int8CodeSpace::Residual Int8CodeSpace::ResidualOf(Slot base, Slot slot, char* signs) const {
  const char* const base_row = Row(base);
  const char* const row = Row(slot);
  const Factors of_base = FactorsOf(base_row);
  const Factors of_row = FactorsOf(row);
  const kernels::ResidualSums sums = kernels_->residual(
      reinterpret_cast<const int8_t*>(base_row), of_base.scale,
      reinterpret_cast<const int8_t*>(row), of_row.scale, frame().padded_dim(), signs);
  const float factor = sums.absolute > 0 ? sums.squared / sums.absolute : 0.0F;
  const float weight = frame().weight();
  return {of_row.add - of_base.add - weight * (sums.along - factor * sums.signed_base),
          -weight * factor};
}

}  // namespace vecgate::index

#include "index/bit_code_space.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace vecgate::index {
namespace {

using kernels::kLineBytes;
using kernels::kQueryPlanes;

struct Factors {
  float add = 0;
  float mul = 0;
};

// Frames of up to this many floats live on the stack.
constexpr size_t kStackFloats = 4096;

class FrameBuffer {
 public:
  explicit FrameBuffer(size_t floats) {
    if (floats > kStackFloats) heap_.resize(floats);
  }
  float* data() { return heap_.empty() ? stack_.data() : heap_.data(); }

 private:
  alignas(64) std::array<float, kStackFloats> stack_;
  std::vector<float> heap_;
};

size_t RowBytes(size_t dim) {
  const size_t used = RotatedFrame::PaddedDim(dim) / 8 + sizeof(Factors);
  return (used + kLineBytes - 1) / kLineBytes * kLineBytes;
}

}  // namespace

// What a prepared query begins with; planes and mask follow it, each from a line's first byte.
struct alignas(64) BitCodeSpace::Header {
  float base = 0;
  float step = 0;
  float constant = 0;
};

BitCodeSpace::BitCodeSpace(Metric metric, size_t dim)
    : RotatedCodeSpace(metric, dim, RowBytes(dim)),
      kernels_(&kernels::ActiveCodeKernels()),
      mask_(row_bytes(), 0) {
  std::fill_n(mask_.begin(), frame().padded_dim() / 8, static_cast<char>(0xff));
}

void BitCodeSpace::Encode(Slot slot, const float* vector) {
  FrameBuffer buffer(frame().padded_dim());
  float* x = buffer.data();
  Factors factors{frame().ToFrame(vector, x), 0};
  char* row = Row(slot);
  std::memset(row, 0, row_bytes());
  double squared = 0;
  double absolute = 0;
  for (size_t i = 0; i < frame().padded_dim(); ++i) {
    if (x[i] >= 0) row[i / 8] |= static_cast<char>(1U << (i % 8));
    squared += static_cast<double>(x[i]) * x[i];
    absolute += std::abs(x[i]);
  }
  // The vector that is the mean itself has no direction: its estimate is `add` alone.
  if (absolute > 0) factors.mul = -frame().weight() * static_cast<float>(squared / absolute);
  std::memcpy(row + row_bytes() - sizeof(factors), &factors, sizeof(factors));
}

void BitCodeSpace::PrepareStored(Slot slot, PreparedQuery& out) const {
  FrameBuffer buffer(frame().padded_dim());
  const char* row = Row(slot);
  Factors factors;
  std::memcpy(&factors, row + row_bytes() - sizeof(factors), sizeof(factors));
  const float size = -factors.mul / frame().weight();
  for (size_t i = 0; i < frame().padded_dim(); ++i) {
    buffer.data()[i] = ((row[i / 8] >> (i % 8)) & 1) != 0 ? size : -size;
  }
  PrepareFramed(buffer.data(), factors.add, out);
}

void BitCodeSpace::PrepareFramed(const float* in_frame, float add, PreparedQuery& out) const {
  const size_t dim = frame().padded_dim();
  char* const memory = out.Resize(sizeof(Header) + (kQueryPlanes + 1) * row_bytes());
  char* const planes = memory + sizeof(Header);
  std::memset(planes, 0, kQueryPlanes * row_bytes());
  std::memcpy(planes + kQueryPlanes * row_bytes(), mask_.data(), row_bytes());
  float largest = 0;
  for (size_t i = 0; i < dim; ++i) largest = std::max(largest, std::abs(in_frame[i]));
  constexpr int kHighest = (1 << kQueryPlanes) - 1;
  const float step = 2 * largest / kHighest;
  kernels_->bit_planes(in_frame, dim, step > 0 ? 1 / step : 0.0F, planes, row_bytes());
  const Header header{0.5F * kHighest * step * static_cast<float>(dim), step,
                      add + frame().constant()};
  std::memcpy(memory, &header, sizeof(header));
}

void BitCodeSpace::Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                             float* out) const {
  constexpr size_t kAtOnce = 64;
  Header header;
  std::memcpy(&header, query.data(), sizeof(header));
  const char* const planes = query.data() + sizeof(Header);
  const size_t lines = row_bytes() / kLineBytes;
  const kernels::BitQuery bits{planes, planes + kQueryPlanes * row_bytes(), lines, header.base,
                               header.step};
  const char* rows[kAtOnce];
  for (size_t at = 0; at < count; at += kAtOnce) {
    const size_t n = std::min(kAtOnce, count - at);
    for (size_t i = 0; i < n; ++i) {
      rows[i] = Row(slots[at + i]);
      for (size_t line = 0; line < lines; ++line) __builtin_prefetch(rows[i] + line * kLineBytes);
    }
    kernels_->bit_estimates(bits, rows, n, out + at);
  }
  for (size_t i = 0; i < count; ++i) out[i] = Ordered(out[i] + header.constant);
}

}  // namespace vecgate::index

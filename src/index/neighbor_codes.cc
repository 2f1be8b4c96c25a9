#include "index/neighbor_codes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/check.h"

namespace vecgate::index {
namespace {

constexpr size_t kLanes = kernels::kFastScanCodes;
constexpr size_t kLineBytes = 64;
constexpr size_t kValuesOfTable = 4;

using Factors = std::array<uint16_t, kLanes>;  // bfloat16

// The upper half of a float, rounded to the nearest.
uint16_t ToBfloat16(float value) {
  return static_cast<uint16_t>((std::bit_cast<uint32_t>(value) + 0x8000U) >> 16);
}

size_t BlockBytes(const Int8CodeSpace& codes) {
  return codes.padded_dim() / 8 * kLanes + 2 * sizeof(Factors);
}

}  // namespace

// What a prepared query begins with; its tables follow. Σ ±q'_i = base + step · sum.
struct alignas(64) NeighborCodes::Header {
  float base = 0;
  float step = 0;
};

NeighborCodes::NeighborCodes(const Int8CodeSpace& codes, size_t links)
    : codes_(codes),
      kernels_(&kernels::ActiveFastScanKernels()),
      blocks_((links + kLanes - 1) / kLanes),
      node_bytes_(blocks_ * BlockBytes(codes)),
      rows_(std::make_unique<SegmentedArray<char>>(node_bytes_)) {}

void NeighborCodes::Set(Slot node, std::span<const Slot> neighbors) {
  VG_CHECK(neighbors.size() <= room());
  std::vector<char> bits(CodeBytes());
  for (size_t at = 0; at < neighbors.size(); at += kLanes) {
    char* const block = Block(node, at / kLanes);
    Factors add{};
    Factors mul{};
    for (size_t lane = 0; lane < std::min(kLanes, neighbors.size() - at); ++lane) {
      const auto residual = codes_.ResidualOf(node, neighbors[at + lane], bits.data());
      add[lane] = ToBfloat16(residual.add);
      mul[lane] = ToBfloat16(residual.mul);
      for (size_t i = 0; i < bits.size(); ++i) block[i * kLanes + lane] = bits[i];
    }
    std::memcpy(block + CodeBytes() * kLanes, &add, sizeof(add));
    std::memcpy(block + CodeBytes() * kLanes + sizeof(add), &mul, sizeof(mul));
  }
}

void NeighborCodes::Prepare(const FramedQuery& query, PreparedQuery& out) const {
  const size_t dim = codes_.padded_dim();
  // The largest sum has to fit 16 bits.
  const auto highest = static_cast<float>(std::min<size_t>(255, 65'535 / (dim / kValuesOfTable)));
  float all = 0;
  float widest = 0;
  for (size_t i = 0; i < dim; i += kValuesOfTable) {
    float sum = 0;
    for (size_t j = i; j < i + kValuesOfTable; ++j) sum += std::abs(query.values[j]);
    all += sum;
    widest = std::max(widest, 2 * sum);
  }
  char* const memory = out.Resize(sizeof(Header) + dim * kValuesOfTable);
  const Header header{-all, widest / highest};
  std::memcpy(memory, &header, sizeof(header));
  kernels_->sign_tables(query.values.data(), dim, widest > 0 ? highest / widest : 0.0F,
                        reinterpret_cast<uint8_t*>(memory + sizeof(header)));
}

void NeighborCodes::Fetch(Slot node) const {
  const char* const row = rows_->Row(node);
  for (size_t at = 0; at < node_bytes(); at += kLineBytes) __builtin_prefetch(row + at);
}

size_t NeighborCodes::Near(const PreparedQuery& query, Slot node, float distance, float below,
                           uint16_t* places, float* distances) const {
  Header header;
  std::memcpy(&header, query.data(), sizeof(header));
  const auto* const tables = reinterpret_cast<const uint8_t*>(query.data() + sizeof(Header));
  size_t count = 0;
  for (size_t i = 0; i < blocks_; ++i) {
    const char* const block = Block(node, i);
    std::array<uint16_t, kLanes> sums;
    kernels_->sum(tables, reinterpret_cast<const uint8_t*>(block), CodeBytes(), sums.data());
    const auto* const factors = reinterpret_cast<const uint16_t*>(block + CodeBytes() * kLanes);
    const kernels::SumEstimates estimates{factors, factors + kLanes, header.base, header.step,
                                          distance};
    count += kernels_->near(sums.data(), estimates, below, static_cast<uint16_t>(i * kLanes),
                            places + count, distances + count);
  }
  return count;
}

}  // namespace vecgate::index

// Nanoseconds for one 384-d code, in cache, and for one query, for each instruction set.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "kernels/code_kernels.h"

namespace vecgate::kernels {
namespace {

constexpr size_t kDim = 384;
constexpr size_t kRows = 32;

struct alignas(kLineBytes) Line {
  char bytes[kLineBytes];
};

void DotBytes(benchmark::State& state, const CodeKernels* kernels) {
  Rng rng(1);
  std::vector<uint8_t> query(kDim);
  for (uint8_t& x : query) x = static_cast<uint8_t>(rng.Between(-127, 127) + kernels->query_bias);
  std::vector<int8_t> data(kRows * kDim);
  for (int8_t& x : data) x = static_cast<int8_t>(rng.Between(-127, 127));
  std::vector<const int8_t*> rows;
  for (size_t r = 0; r < kRows; ++r) rows.push_back(data.data() + r * kDim);
  int32_t out[kRows];
  for (auto _ : state) {
    kernels->dot_s8_s8(query.data(), rows.data(), kRows, kDim, out);
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRows));
}

void BitEstimates(benchmark::State& state, const CodeKernels* kernels) {
  std::vector<Line> planes(kQueryPlanes, Line{{0x35}});
  const Line mask{{-1}};
  std::vector<Line> data(kRows, Line{{0x53}});
  std::vector<const char*> rows;
  for (const Line& line : data) rows.push_back(line.bytes);
  const BitQuery query{planes.front().bytes, mask.bytes, 1, 1, 1};
  float out[kRows];
  for (auto _ : state) {
    kernels->bit_estimates(query, rows.data(), kRows, out);
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRows));
}

// What makes a query of one-bit codes out of a vector.
void PrepareBits(benchmark::State& state, const CodeKernels* kernels) {
  const std::vector<float> signs(Rotation::kRounds * kDim, 0.0625F);
  const Rotation rotation{signs.data(), kDim, 256};
  std::vector<float> x(kDim);
  std::vector<Line> planes(kQueryPlanes);
  for (auto _ : state) {
    for (size_t i = 0; i < kDim; ++i) x[i] = static_cast<float>(i % 7);
    kernels->rotate(rotation, x.data());
    kernels->bit_planes(x.data(), kDim, 1, planes.front().bytes, kLineBytes);
    benchmark::DoNotOptimize(planes.front().bytes);
  }
}

const int kRegistered = [] {
  for (const CodeKernels* kernels : SupportedCodeKernels()) {
    const std::string name(kernels->name);
    benchmark::RegisterBenchmark(("dot_s8_s8_384/" + name).c_str(), DotBytes, kernels);
    benchmark::RegisterBenchmark(("bit_estimates_384/" + name).c_str(), BitEstimates, kernels);
    benchmark::RegisterBenchmark(("prepare_bits_384/" + name).c_str(), PrepareBits, kernels);
  }
  return 0;
}();

}  // namespace
}  // namespace vecgate::kernels

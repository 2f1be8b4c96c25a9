// Nanoseconds for one 384-d distance, in cache, for each instruction set and form.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "kernels/distance.h"

namespace vecgate::kernels {
namespace {

constexpr size_t kDim = 384;
constexpr size_t kRows = 32;

void Distances(benchmark::State& state, const DistanceKernels* kernels) {
  Rng rng(1);
  std::vector<float> data((kRows + 1) * kDim);
  for (float& x : data) x = static_cast<float>(rng.Gaussian());
  std::vector<const float*> rows;
  for (size_t r = 1; r <= kRows; ++r) rows.push_back(data.data() + r * kDim);
  float out[kRows];
  for (auto _ : state) {
    kernels->l2_squared_batch(data.data(), rows.data(), kRows, kDim, out);
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRows));
}

const int kRegistered = [] {
  for (const DistanceKernels* kernels : SupportedKernels()) {
    benchmark::RegisterBenchmark(("l2_384/" + std::string(kernels->name)).c_str(), Distances,
                                 kernels);
  }
  return 0;
}();

}  // namespace
}  // namespace vecgate::kernels

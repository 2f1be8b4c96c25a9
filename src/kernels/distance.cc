#include "kernels/distance.h"

#include <array>

#include "kernels/distance_tables.h"

namespace vecgate::kernels {
namespace {

struct Supported {
  std::array<const DistanceKernels*, 3> tables{};
  size_t count = 0;
};

Supported Detect() {
  Supported found;
  found.tables[found.count++] = &kScalarKernels;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    found.tables[found.count++] = &kAvx2Kernels;
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
    found.tables[found.count++] = &kAvx512Kernels;
  }
#endif
  return found;
}

const Supported& Detected() {
  static const Supported found = Detect();
  return found;
}

}  // namespace

const DistanceKernels& ActiveKernels() { return *Detected().tables[Detected().count - 1]; }

std::span<const DistanceKernels* const> SupportedKernels() {
  return {Detected().tables.data(), Detected().count};
}

}  // namespace vecgate::kernels

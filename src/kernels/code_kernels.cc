#include "kernels/code_kernels.h"

#include <array>

#include "kernels/code_kernels_tables.h"

namespace vecgate::kernels {
namespace {

struct Supported {
  std::array<const CodeKernels*, 3> tables{};
  size_t count = 0;
};

Supported Detect() {
  Supported found;
  found.tables[found.count++] = &kScalarCodeKernels;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("popcnt")) {
    found.tables[found.count++] = &kAvx2CodeKernels;
  }
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni") &&
      __builtin_cpu_supports("avx512vpopcntdq")) {
    found.tables[found.count++] = &kAvx512CodeKernels;
  }
#endif
  return found;
}

const Supported& Detected() {
  static const Supported found = Detect();
  return found;
}

}  // namespace

const CodeKernels& ActiveCodeKernels() { return *Detected().tables[Detected().count - 1]; }

std::span<const CodeKernels* const> SupportedCodeKernels() {
  return {Detected().tables.data(), Detected().count};
}

}  // namespace vecgate::kernels

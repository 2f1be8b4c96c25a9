#include "kernels/scalar_codes.h"

#include <array>

#include "kernels/scalar_codes_tables.h"

namespace vecgate::kernels {
namespace {

struct Supported {
  std::array<const ScalarCodeKernels*, 3> tables{};
  size_t count = 0;
};

Supported Detect() {
  Supported found;
  found.tables[found.count++] = &kScalarCodesScalar;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) found.tables[found.count++] = &kScalarCodesAvx2;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")) {
    found.tables[found.count++] = &kScalarCodesAvx512;
  }
#endif
  return found;
}

const Supported& Detected() {
  static const Supported found = Detect();
  return found;
}

}  // namespace

const ScalarCodeKernels& ActiveScalarCodeKernels() {
  return *Detected().tables[Detected().count - 1];
}

std::span<const ScalarCodeKernels* const> SupportedScalarCodeKernels() {
  return {Detected().tables.data(), Detected().count};
}

}  // namespace vecgate::kernels

#include "kernels/column_distance.h"

#include <array>

#include "kernels/column_distance_tables.h"

namespace vecgate::kernels {
namespace {

struct Supported {
  std::array<const ColumnKernels*, 3> tables{};
  size_t count = 0;
};

Supported Detect() {
  Supported found;
  found.tables[found.count++] = &kColumnsScalar;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    found.tables[found.count++] = &kColumnsAvx2;
  }
  if (__builtin_cpu_supports("avx512f")) found.tables[found.count++] = &kColumnsAvx512;
#endif
  return found;
}

const Supported& Detected() {
  static const Supported found = Detect();
  return found;
}

}  // namespace

const ColumnKernels& ActiveColumnKernels() { return *Detected().tables[Detected().count - 1]; }

std::span<const ColumnKernels* const> SupportedColumnKernels() {
  return {Detected().tables.data(), Detected().count};
}

}  // namespace vecgate::kernels

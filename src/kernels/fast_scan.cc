#include "kernels/fast_scan.h"

#include <array>

#include "kernels/fast_scan_tables.h"

namespace vecgate::kernels {
namespace {

struct Supported {
  std::array<const FastScanKernels*, 3> tables{};
  size_t count = 0;
};

Supported Detect() {
  Supported found;
  found.tables[found.count++] = &kFastScanScalar;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) found.tables[found.count++] = &kFastScanAvx2;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
    found.tables[found.count++] = &kFastScanAvx512;
  }
#endif
  return found;
}

const Supported& Detected() {
  static const Supported found = Detect();
  return found;
}

}  // namespace

const FastScanKernels& ActiveFastScanKernels() { return *Detected().tables[Detected().count - 1]; }

std::span<const FastScanKernels* const> SupportedFastScanKernels() {
  return {Detected().tables.data(), Detected().count};
}

}  // namespace vecgate::kernels

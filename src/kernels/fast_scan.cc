#include "kernels/fast_scan.h"

#include "kernels/fast_scan_tables.h"
#include "kernels/table_list.h"

namespace vecgate::kernels {
namespace {

const TableList<FastScanKernels>& Tables() {
  static const TableList<FastScanKernels> tables = [] {
    TableList<FastScanKernels> list(kFastScanScalar);
#if defined(__x86_64__)
    list.Add(HasAvx2(), kFastScanAvx2).Add(HasAvx512(), kFastScanAvx512);
#endif
    return list;
  }();
  return tables;
}

}  // namespace

const FastScanKernels& ActiveFastScanKernels() { return Tables().fastest(); }

std::span<const FastScanKernels* const> SupportedFastScanKernels() { return Tables().all(); }

}  // namespace vecgate::kernels

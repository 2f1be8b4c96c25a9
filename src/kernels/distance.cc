#include "kernels/distance.h"

#include "kernels/distance_tables.h"
#include "kernels/table_list.h"

namespace vecgate::kernels {
namespace {

const TableList<DistanceKernels>& Tables() {
  static const TableList<DistanceKernels> tables = [] {
    TableList<DistanceKernels> list(kScalarKernels);
#if defined(__x86_64__)
    list.Add(HasAvx2(), kAvx2Kernels).Add(HasAvx512(), kAvx512Kernels);
#endif
    return list;
  }();
  return tables;
}

}  // namespace

const DistanceKernels& ActiveKernels() { return Tables().fastest(); }

std::span<const DistanceKernels* const> SupportedKernels() { return Tables().all(); }

}  // namespace vecgate::kernels

#include "kernels/bit_distance.h"

#include "kernels/bit_distance_tables.h"
#include "kernels/table_list.h"

namespace vecgate::kernels {
namespace {

const TableList<BitDistanceKernels>& Tables() {
  static const TableList<BitDistanceKernels> tables = [] {
    TableList<BitDistanceKernels> list(kBitDistanceScalar);
#if defined(__x86_64__)
    list.Add(HasAvx2(), kBitDistanceAvx2).Add(HasAvx512Popcnt(), kBitDistanceAvx512);
#endif
    return list;
  }();
  return tables;
}

}  // namespace

const BitDistanceKernels& ActiveBitDistanceKernels() { return Tables().fastest(); }

std::span<const BitDistanceKernels* const> SupportedBitDistanceKernels() { return Tables().all(); }

}  // namespace vecgate::kernels

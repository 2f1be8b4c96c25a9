#include "kernels/column_distance.h"

#include "kernels/column_distance_tables.h"
#include "kernels/table_list.h"

namespace vecgate::kernels {
namespace {

const TableList<ColumnKernels>& Tables() {
  static const TableList<ColumnKernels> tables = [] {
    TableList<ColumnKernels> list(kColumnsScalar);
#if defined(__x86_64__)
    list.Add(HasAvx2(), kColumnsAvx2).Add(HasAvx512(), kColumnsAvx512);
#endif
    return list;
  }();
  return tables;
}

}  // namespace

const ColumnKernels& ActiveColumnKernels() { return Tables().fastest(); }

std::span<const ColumnKernels* const> SupportedColumnKernels() { return Tables().all(); }

}  // namespace vecgate::kernels

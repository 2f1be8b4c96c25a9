#include "kernels/scalar_codes.h"

#include "kernels/scalar_codes_tables.h"
#include "kernels/table_list.h"

namespace vecgate::kernels {
namespace {

const TableList<ScalarCodeKernels>& Tables() {
  static const TableList<ScalarCodeKernels> tables = [] {
    TableList<ScalarCodeKernels> list(kScalarCodesScalar);
#if defined(__x86_64__)
    list.Add(HasAvx2(), kScalarCodesAvx2).Add(HasAvx512Vnni(), kScalarCodesAvx512);
#endif
    return list;
  }();
  return tables;
}

}  // namespace

const ScalarCodeKernels& ActiveScalarCodeKernels() { return Tables().fastest(); }

std::span<const ScalarCodeKernels* const> SupportedScalarCodeKernels() { return Tables().all(); }

}  // namespace vecgate::kernels

#include "kernels/code_kernels.h"

#include "kernels/code_kernels_tables.h"
#include "kernels/table_list.h"

namespace vecgate::kernels {
namespace {

const TableList<CodeKernels>& Tables() {
  static const TableList<CodeKernels> tables = [] {
    TableList<CodeKernels> list(kScalarCodeKernels);
#if defined(__x86_64__)
    list.Add(HasAvx2(), kAvx2CodeKernels).Add(HasAvx512VnniPopcnt(), kAvx512CodeKernels);
#endif
    return list;
  }();
  return tables;
}

}  // namespace

const CodeKernels& ActiveCodeKernels() { return Tables().fastest(); }

std::span<const CodeKernels* const> SupportedCodeKernels() { return Tables().all(); }

}  // namespace vecgate::kernels

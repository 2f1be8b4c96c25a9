// The reference that every other instruction set is tested against, and what an unknown processor
// runs.
#include "kernels/scalar_codes_tables.h"

namespace vecgate::kernels {
namespace {

void DotU8(const CodeQuery& query, const uint8_t* const* rows, size_t count, size_t dim,
           int64_t* out) {
  for (size_t r = 0; r < count; ++r) {
    int64_t sum = 0;
    for (size_t i = 0; i < dim; ++i) sum += int64_t{query.words[i]} * rows[r][i];
    out[r] = sum;
  }
}

void DotU4(const CodeQuery& query, const uint8_t* const* rows, size_t count, size_t bytes,
           int64_t* out) {
  const int16_t* second = query.words + PaddedCodeQuery(bytes);
  for (size_t r = 0; r < count; ++r) {
    int64_t sum = 0;
    for (size_t i = 0; i < bytes; ++i) {
      sum += int64_t{query.words[i]} * (rows[r][i] & 15) + int64_t{second[i]} * (rows[r][i] >> 4);
    }
    out[r] = sum;
  }
}

}  // namespace

constinit const ScalarCodeKernels kScalarCodesScalar = {Isa::kScalar, "scalar", DotU8, DotU4};

}  // namespace vecgate::kernels

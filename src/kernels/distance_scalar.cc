// The reference that every other instruction set is tested against, and what an unknown processor
// runs.
#include "kernels/distance_tables.h"

namespace vecgate::kernels {
namespace {

float L2Squared(const float* a, const float* b, size_t dim) {
  float sum = 0;
  for (size_t i = 0; i < dim; ++i) {
    const float difference = a[i] - b[i];
    sum += difference * difference;
  }
  return sum;
}

float InnerProduct(const float* a, const float* b, size_t dim) {
  float sum = 0;
  for (size_t i = 0; i < dim; ++i) sum += a[i] * b[i];
  return sum;
}

void L2SquaredBatch(const float* query, const float* const* rows, size_t count, size_t dim,
                    float* out) {
  for (size_t r = 0; r < count; ++r) out[r] = L2Squared(query, rows[r], dim);
}

void InnerProductBatch(const float* query, const float* const* rows, size_t count, size_t dim,
                       float* out) {
  for (size_t r = 0; r < count; ++r) out[r] = InnerProduct(query, rows[r], dim);
}

}  // namespace

constinit const DistanceKernels kScalarKernels = {Isa::kScalar, "scalar",       L2Squared,
                                                  InnerProduct, L2SquaredBatch, InnerProductBatch};

}  // namespace vecgate::kernels

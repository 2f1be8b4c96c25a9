// The reference that every other instruction set is tested against, and what an unknown processor
// runs.
#include "kernels/bit_distance_words.h"

namespace vecgate::kernels {

constinit const BitDistanceKernels kBitDistanceScalar = {Isa::kScalar, "scalar", HammingByWords,
                                                         JaccardByWords};

}  // namespace vecgate::kernels

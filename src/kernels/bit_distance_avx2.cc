// AVX2 machines: the popcount instruction on words, a word a cycle.
#if defined(__x86_64__)

#include "kernels/bit_distance_words.h"

namespace vecgate::kernels {

constinit const BitDistanceKernels kBitDistanceAvx2 = {Isa::kAvx2, "avx2", HammingByWords,
                                                       JaccardByWords};

}  // namespace vecgate::kernels

#endif

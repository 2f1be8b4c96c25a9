#include "model/vector_values.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/check.h"

namespace vecgate {
namespace {

constexpr uint32_t kFloatInfinity = 0x7f800000;

struct Float {
  using Stored = float;
  static float Widen(float x) { return x; }
  static float Narrow(float x) { return x; }
};

struct Half {
  using Stored = uint16_t;
  static constexpr uint16_t kInfinity = 0x7c00;

  // The bits are moved to where float32 has them and scaled by the difference of the two exponents'
  // biases, which is exact and makes subnormal halves normal. Infinities and NaN get the exponent
  // that the scaling could not give them.
  static float Widen(uint16_t half) {
    const uint32_t magnitude = (half & 0x7fffU) << 13;
    auto bits = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112F);
    if (magnitude >= uint32_t{kInfinity} << 13) bits |= kFloatInfinity;
    return std::bit_cast<float>(bits | (half & 0x8000U) << 16);
  }

  static uint16_t Narrow(float x) {
    constexpr uint32_t kTooLarge = 0x47800000;     // 2^16
    constexpr uint32_t kLeastNormal = 0x38800000;  // 2^-14
    constexpr uint32_t kBiases = (127U - 15U) << 23;
    const auto bits = std::bit_cast<uint32_t>(x);
    const uint32_t sign = bits >> 16 & 0x8000U;
    const uint32_t magnitude = bits & 0x7fffffffU;
    uint32_t half = kInfinity;
    if (magnitude < kLeastNormal) {
      // The last place of 0.5 is that of a subnormal half, so the addition rounds to it.
      half = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) -
             std::bit_cast<uint32_t>(0.5F);
    } else if (magnitude < kTooLarge) {
      const uint32_t odd = magnitude >> 13 & 1U;
      half = (magnitude - kBiases + 0xfffU + odd) >> 13;
    }
    return static_cast<uint16_t>(half | sign);
  }
};

struct BFloat {
  using Stored = uint16_t;

  static float Widen(uint16_t upper) { return std::bit_cast<float>(uint32_t{upper} << 16); }

  static uint16_t Narrow(float x) {
    const auto bits = std::bit_cast<uint32_t>(x);
    return static_cast<uint16_t>((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
  }
};

struct Byte {
  using Stored = int8_t;
  static float Widen(int8_t x) { return x; }
  static int8_t Narrow(float x) {
    return static_cast<int8_t>(std::clamp(std::nearbyint(x), -128.0F, 127.0F));
  }
};

/// Calls `use` with the form that `type` stores its numbers in.
template <typename Use>
auto WithForm(DataType type, Use use) {
  switch (type) {
    case DataType::kFloatVector: return use(Float{});
    case DataType::kFloat16Vector: return use(Half{});
    case DataType::kBFloat16Vector: return use(BFloat{});
    case DataType::kInt8Vector: return use(Byte{});
    default: VG_CHECK(false);
  }
}

template <typename Form>
float ValueAt(const char* in, size_t i) {
  typename Form::Stored stored;
  std::memcpy(&stored, in + i * sizeof(stored), sizeof(stored));
  return Form::Widen(stored);
}

}  // namespace

size_t VectorSizeBytes(DataType type, uint32_t dim) {
  if (type == DataType::kBinaryVector) return dim / 8;
  return WithForm(type, [dim](auto form) { return dim * sizeof(typename decltype(form)::Stored); });
}

void ToFloats(DataType type, const char* in, size_t count, float* out) {
  WithForm(type, [=](auto form) {
    for (size_t i = 0; i < count; ++i) out[i] = ValueAt<decltype(form)>(in, i);
  });
}

void FromFloats(DataType type, const float* in, size_t count, char* out) {
  WithForm(type, [=](auto form) {
    for (size_t i = 0; i < count; ++i) {
      const typename decltype(form)::Stored stored = decltype(form)::Narrow(in[i]);
      std::memcpy(out + i * sizeof(stored), &stored, sizeof(stored));
    }
  });
}

size_t FirstNotFinite(DataType type, const char* in, size_t count) {
  return WithForm(type, [=](auto form) {
    size_t i = 0;
    while (i < count && std::isfinite(ValueAt<decltype(form)>(in, i))) ++i;
    return i;
  });
}

}  // namespace vecgate

#include "index/multi_bit_code_space.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/check.h"

namespace vecgate::index {
namespace {

constexpr size_t kAtOnce = 64;

}  // namespace

struct MultiBitCodeSpace::Factors {
  float add = 0;
  float mul = 0;
};

// What a prepared query begins with; the words, their high and their low bytes follow.
struct alignas(64) MultiBitCodeSpace::Header {
  float scale = 0;     // of a word
  float centre = 0;    // what to take off a product with numbers that are counted from 0
  float constant = 0;  // the query's Add and the frame's constant
};

MultiBitCodeSpace::MultiBitCodeSpace(Metric metric, size_t dim, size_t bits)
    : RotatedCodeSpace(metric, dim, RotatedFrame::PaddedDim(dim) * bits / 8 + sizeof(Factors)),
      bits_(bits),
      kernels_(&kernels::ActiveScalarCodeKernels()) {
  VG_CHECK(bits == 2 || bits == 4 || bits == 8);
}

// Fewer than eight bits lie in parts: with four, the first half of the dimensions in the low
// halves of the bytes and the second in the high ones, as the kernels read them; with two, each of
// these halves is cut again, so that two masks make bytes of four bits.
uint32_t MultiBitCodeSpace::NumberAt(const uint8_t* code, size_t d) const {
  if (bits_ == 8) return code[d];
  const size_t half = frame().padded_dim() / 2;
  const size_t at = d % half;
  const size_t shift = d < half ? 0 : 4;
  if (bits_ == 4) return (code[at] >> shift) & 15U;
  const size_t quarter = half / 2;
  return (code[at % quarter] >> (shift + (at < quarter ? 0 : 2))) & 3U;
}

void MultiBitCodeSpace::PutNumber(uint32_t number, size_t d, uint8_t* code) const {
  if (bits_ == 8) {
    code[d] = static_cast<uint8_t>(number);
    return;
  }
  const size_t half = frame().padded_dim() / 2;
  size_t at = d % half;
  size_t shift = d < half ? 0 : 4;
  if (bits_ == 2) {
    const size_t quarter = half / 2;
    if (at >= quarter) shift += 2;
    at %= quarter;
  }
  code[at] = static_cast<uint8_t>(code[at] | (number << shift));
}

// The factor by which x is scaled before it is rounded, for the greatest cosine between the two.
// With factor 1 the largest value stands at the end of the grid; with more, such values are cut
// off and all others rounded less.
float MultiBitCodeSpace::BestScale(const float* x) const {
  constexpr float kLeast = 0.9F;
  constexpr float kStep = 0.05F;
  constexpr int kTried = 28;
  const size_t dim = frame().padded_dim();
  float largest = 0;
  for (size_t i = 0; i < dim; ++i) largest = std::max(largest, std::abs(x[i]));
  if (largest == 0) return 0;
  const float ends = static_cast<float>(1U << bits_) / 2;
  float best = 0;
  double best_cosine = -1;
  for (int i = 0; i < kTried; ++i) {
    const float scale = (kLeast + kStep * static_cast<float>(i)) * (ends / largest);
    float product = 0;
    float squares = 0;
    // By absolute values, for x and its grid value have one sign.
    for (size_t d = 0; d < dim; ++d) {
      const float value = std::abs(x[d]);
      const auto below = static_cast<float>(static_cast<int>(std::min(value * scale, ends - 1)));
      const float grid = below + 0.5F;
      product += grid * value;
      squares += grid * grid;
    }
    const double cosine = product / std::sqrt(static_cast<double>(squares));
    if (cosine <= best_cosine) continue;
    best_cosine = cosine;
    best = scale;
  }
  return best;
}

void MultiBitCodeSpace::Encode(Slot slot, const float* vector) {
  const size_t dim = frame().padded_dim();
  std::vector<float> x(dim);
  Factors factors{frame().ToFrame(vector, x.data()), 0};
  const float scale = BestScale(x.data());
  const float most = Centre() + 0.5F;
  auto* const code = reinterpret_cast<uint8_t*>(Row(slot));
  std::memset(code, 0, row_bytes());
  double squared = 0;
  double product = 0;
  for (size_t d = 0; d < dim; ++d) {
    const float floor = std::clamp(std::floor(x[d] * scale), -most, most - 1);
    PutNumber(static_cast<uint32_t>(floor + most), d, code);
    squared += static_cast<double>(x[d]) * x[d];
    product += (static_cast<double>(floor) + 0.5) * x[d];
  }
  // The vector that is the mean itself has no direction: its estimate is `add` alone.
  if (product > 0) factors.mul = -frame().weight() * static_cast<float>(squared / product);
  std::memcpy(code + code_bytes(), &factors, sizeof(factors));
}

MultiBitCodeSpace::Factors MultiBitCodeSpace::FactorsOf(Slot slot) const {
  Factors factors;
  std::memcpy(&factors, Row(slot) + code_bytes(), sizeof(factors));
  return factors;
}

void MultiBitCodeSpace::Decode(Slot slot, float* in_frame) const {
  const auto* code = reinterpret_cast<const uint8_t*>(Row(slot));
  const float step = -FactorsOf(slot).mul / frame().weight();
  for (size_t d = 0; d < frame().padded_dim(); ++d) {
    in_frame[d] = step * (static_cast<float>(NumberAt(code, d)) - Centre());
  }
}

void MultiBitCodeSpace::PrepareStored(Slot slot, PreparedQuery& out) const {
  std::vector<float> in_frame(frame().padded_dim());
  Decode(slot, in_frame.data());
  PrepareFramed(in_frame.data(), FactorsOf(slot).add, out);
}

size_t MultiBitCodeSpace::QueryPlace(size_t d) const {
  const size_t half = frame().padded_dim() / 2;
  return bits_ == 8 || d < half ? d : kernels::PaddedCodeQuery(half) + d - half;
}

size_t MultiBitCodeSpace::QueryWords() const {
  const size_t dim = frame().padded_dim();
  return bits_ == 8 ? dim : 2 * kernels::PaddedCodeQuery(dim / 2);
}

void MultiBitCodeSpace::PrepareFramed(const float* in_frame, float add, PreparedQuery& out) const {
  const size_t words = QueryWords();
  char* const memory = out.Resize(sizeof(Header) + 4 * words);
  std::memset(memory, 0, sizeof(Header) + 4 * words);
  auto* const word = reinterpret_cast<int16_t*>(memory + sizeof(Header));
  auto* const high = reinterpret_cast<int8_t*>(word + words);
  auto* const low = high + words;
  float largest = 0;
  for (size_t d = 0; d < frame().padded_dim(); ++d) {
    largest = std::max(largest, std::abs(in_frame[d]));
  }
  const float scale = largest / static_cast<float>(kernels::kMostQueryWord);
  const float inverse = scale > 0 ? 1 / scale : 0.0F;
  int64_t sum = 0;
  for (size_t d = 0; d < frame().padded_dim(); ++d) {
    const float rounded = std::round(in_frame[d] * inverse);
    const auto most = static_cast<float>(kernels::kMostQueryWord);
    const size_t at = QueryPlace(d);
    word[at] = static_cast<int16_t>(std::clamp(rounded, -most, most));
    kernels::SplitQueryWord(word[at], high[at], low[at]);
    sum += word[at];
  }
  const Header header{scale, Centre() * scale * static_cast<float>(sum), add + frame().constant()};
  std::memcpy(memory, &header, sizeof(header));
}

void MultiBitCodeSpace::Dots(const kernels::CodeQuery& query, const Slot* slots, size_t count,
                             int64_t* out) const {
  std::array<const uint8_t*, kAtOnce> codes;
  for (size_t i = 0; i < count; ++i) {
    codes[i] = reinterpret_cast<const uint8_t*>(Row(slots[i]));
    kernels::Prefetch(codes[i], row_bytes());
  }
  const size_t half = frame().padded_dim() / 2;
  if (bits_ != 2) {
    (bits_ == 8 ? kernels_->dot_u8 : kernels_->dot_u4)(query, codes.data(), count, code_bytes(),
                                                       out);
    return;
  }
  std::vector<uint8_t> wide(count * half);
  for (size_t i = 0; i < count; ++i) {
    uint8_t* const nibbles = &wide[i * half];
    for (size_t at = 0; at < half / 2; ++at) {
      nibbles[at] = codes[i][at] & 0x33U;
      nibbles[half / 2 + at] = (codes[i][at] >> 2U) & 0x33U;
    }
    codes[i] = nibbles;
  }
  kernels_->dot_u4(query, codes.data(), count, half, out);
}

void MultiBitCodeSpace::Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                                  float* out) const {
  Header header;
  std::memcpy(&header, query.data(), sizeof(header));
  const auto* words = reinterpret_cast<const int16_t*>(query.data() + sizeof(header));
  const auto* high = reinterpret_cast<const int8_t*>(words + QueryWords());
  const kernels::CodeQuery split{words, high, high + QueryWords()};
  std::array<int64_t, kAtOnce> sums;
  for (size_t at = 0; at < count; at += kAtOnce) {
    const size_t n = std::min(kAtOnce, count - at);
    Dots(split, slots + at, n, sums.data());
    for (size_t i = 0; i < n; ++i) {
      const Factors factors = FactorsOf(slots[at + i]);
      const float product = header.scale * static_cast<float>(sums[i]) - header.centre;
      out[at + i] = Ordered(header.constant + factors.add + factors.mul * product);
    }
  }
}

}  // namespace vecgate::index

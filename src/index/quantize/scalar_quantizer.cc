#include "index/quantize/scalar_quantizer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "base/check.h"
#include "index/quantize/kmeans.h"

namespace vecgate::index {
namespace {

using kernels::kCodeQueryAlign;
using kernels::PaddedCodeQuery;

// Ranges are learnt from at most this many vectors.
constexpr size_t kMostSampled = 16384;
// Shares of the sample that a range leaves out on either side.
constexpr std::array<double, 6> kTrims = {0.0, 0.0005, 0.002, 0.005, 0.01, 0.02};

struct Range {
  float low = 0;
  float step = 0;
};

// A step that stays finite and positive, or 0 for an empty range.
Range RangeBetween(float low, float high, double most_code) {
  const double step = (static_cast<double>(high) - low) / most_code;
  return {low, static_cast<float>(step)};
}

double SquaredError(const std::vector<float>& sorted, const Range& range, double most_code) {
  double error = 0;
  for (const float x : sorted) {
    const double place = (static_cast<double>(x) - range.low) / range.step;
    const double code = std::clamp(std::floor(place + 0.5), 0.0, most_code);
    const double off = (place - code) * range.step;
    error += off * off;
  }
  return error;
}

Range BestRange(const std::vector<float>& sorted, double most_code) {
  Range best = RangeBetween(sorted.front(), sorted.back(), most_code);
  double least = std::numeric_limits<double>::infinity();
  size_t last_left_out = sorted.size();
  for (const double trim : kTrims) {
    const auto left_out = static_cast<size_t>(trim * static_cast<double>(sorted.size()));
    if (left_out == last_left_out) continue;
    last_left_out = left_out;
    const Range range =
        RangeBetween(sorted[left_out], sorted[sorted.size() - 1 - left_out], most_code);
    if (!(range.step > 0)) break;
    const double error = SquaredError(sorted, range, most_code);
    if (error < least) {
      least = error;
      best = range;
    }
  }
  return best;
}

// The head of a prepared query; the words, then their high and low bytes, follow at 64 bytes.
struct QueryHead {
  float bias;
  float scale;
};
constexpr size_t kHeadBytes = 64;

}  // namespace

Result<ScalarQuantizer> ScalarQuantizer::Train(size_t bits, size_t dim, const float* vectors,
                                               size_t count) {
  if (bits != 4 && bits != 8) {
    return InvalidArgument("a scalar code has 4 or 8 bits, not " + std::to_string(bits),
                           Subject::kIndex);
  }
  if (count == 0) {
    return InvalidArgument("scalar codes learn their ranges from at least 1 vector, 0 were given",
                           Subject::kIndex);
  }
  const auto sample = EvenSample(vectors, count, dim, kMostSampled);
  const size_t sampled = sample.size() / dim;
  ScalarQuantizer out;
  out.bits_ = bits;
  std::vector<float> values;
  for (size_t d = 0; d < dim; ++d) {
    values.clear();
    for (size_t i = 0; i < sampled; ++i) {
      if (std::isfinite(sample[i * dim + d])) values.push_back(sample[i * dim + d]);
    }
    if (values.empty()) values.push_back(0);
    std::sort(values.begin(), values.end());
    const Range range = BestRange(values, bits == 8 ? 255 : 15);
    out.low_.push_back(range.low);
    out.step_.push_back(range.step);
  }
  return out;
}

uint32_t ScalarQuantizer::CodeOf(float x, size_t d) const {
  if (!(step_[d] > 0) || !(x > low_[d])) return 0;
  const float place = (x - low_[d]) / step_[d] + 0.5F;
  const uint32_t most = bits_ == 8 ? 255 : 15;
  return place >= static_cast<float>(most) ? most : static_cast<uint32_t>(place);
}

void ScalarQuantizer::Encode(const float* vector, uint8_t* code) const {
  if (bits_ == 8) {
    for (size_t d = 0; d < dim(); ++d) code[d] = static_cast<uint8_t>(CodeOf(vector[d], d));
    return;
  }
  const size_t half = code_bytes();
  for (size_t d = 0; d < half; ++d) {
    const uint32_t high = d + half < dim() ? CodeOf(vector[d + half], d + half) : 0;
    code[d] = static_cast<uint8_t>(CodeOf(vector[d], d) | (high << 4));
  }
}

uint32_t ScalarQuantizer::CodeAt(const uint8_t* code, size_t d) const {
  if (bits_ == 8) return code[d];
  const size_t half = code_bytes();
  return d < half ? code[d] & 15U : code[d - half] >> 4U;
}

void ScalarQuantizer::Decode(const uint8_t* code, float* vector) const {
  for (size_t d = 0; d < dim(); ++d) {
    vector[d] = low_[d] + step_[d] * static_cast<float>(CodeAt(code, d));
  }
}

float ScalarQuantizer::Norm(const uint8_t* code) const {
  double sum = 0;
  for (size_t d = 0; d < dim(); ++d) {
    const double term = static_cast<double>(step_[d]) * CodeAt(code, d);
    sum += term * term;
  }
  return static_cast<float>(sum);
}

size_t ScalarQuantizer::QueryPlace(size_t d) const {
  const size_t half = code_bytes();
  return bits_ == 8 || d < half ? d : PaddedCodeQuery(half) + d - half;
}

size_t ScalarQuantizer::QueryWords() const {
  return PaddedCodeQuery(code_bytes()) * (bits_ == 8 ? 1 : 2);
}

void ScalarQuantizer::PrepareScaled(const float* query, bool from_low, double bias,
                                    PreparedQuery& out) const {
  const size_t count = QueryWords();
  char* memory = out.Resize(kHeadBytes + 4 * count);
  std::fill_n(memory, kHeadBytes + 4 * count, '\0');
  const auto weight = [&](size_t d) {
    return (from_low ? static_cast<double>(query[d]) - low_[d] : query[d]) * step_[d];
  };
  double largest = 0;
  for (size_t d = 0; d < dim(); ++d) largest = std::max(largest, std::abs(weight(d)));
  const double scale = largest > 0 ? largest / kernels::kMostQueryWord : 1.0;
  const double inverse = 1.0 / scale;
  *reinterpret_cast<QueryHead*>(memory) = {static_cast<float>(bias), static_cast<float>(scale)};
  auto* words = reinterpret_cast<int16_t*>(memory + kHeadBytes);
  auto* high = reinterpret_cast<int8_t*>(words + count);
  auto* low = high + count;
  for (size_t d = 0; d < dim(); ++d) {
    const double word = weight(d) * inverse;
    if (!(std::abs(word) < kernels::kMostQueryWord + 0.5)) continue;  // Not a number.
    const size_t at = QueryPlace(d);
    words[at] = static_cast<int16_t>(word + (word < 0 ? -0.5 : 0.5));
    kernels::SplitQueryWord(words[at], high[at], low[at]);
  }
}

void ScalarQuantizer::PrepareInnerProduct(const float* query, PreparedQuery& out) const {
  double bias = 0;
  for (size_t d = 0; d < dim(); ++d) bias += static_cast<double>(query[d]) * low_[d];
  PrepareScaled(query, false, bias, out);
}

void ScalarQuantizer::PrepareL2(const float* query, PreparedQuery& out) const {
  double bias = 0;
  for (size_t d = 0; d < dim(); ++d) {
    const double y = static_cast<double>(query[d]) - low_[d];
    bias += y * y;
  }
  PrepareScaled(query, true, bias, out);
}

void ScalarQuantizer::Dots(const PreparedQuery& query, const uint8_t* const* codes, size_t count,
                           int64_t* out) const {
  const auto* words = reinterpret_cast<const int16_t*>(query.data() + kHeadBytes);
  const auto* high = reinterpret_cast<const int8_t*>(words + QueryWords());
  const kernels::CodeQuery split{words, high, high + QueryWords()};
  const auto& active = kernels::ActiveScalarCodeKernels();
  (bits_ == 8 ? active.dot_u8 : active.dot_u4)(split, codes, count, code_bytes(), out);
}

void ScalarQuantizer::InnerProducts(const PreparedQuery& query, const uint8_t* const* codes,
                                    size_t count, float* out) const {
  std::array<int64_t, kMostBatch> sums;
  Dots(query, codes, count, sums.data());
  const auto head = *reinterpret_cast<const QueryHead*>(query.data());
  for (size_t i = 0; i < count; ++i) out[i] = head.bias + head.scale * static_cast<float>(sums[i]);
}

void ScalarQuantizer::L2Squared(const PreparedQuery& query, const uint8_t* const* codes,
                                const float* norms, size_t count, float* out) const {
  std::array<int64_t, kMostBatch> sums;
  Dots(query, codes, count, sums.data());
  const auto head = *reinterpret_cast<const QueryHead*>(query.data());
  for (size_t i = 0; i < count; ++i) {
    out[i] = std::max(0.0F, head.bias + norms[i] - 2 * head.scale * static_cast<float>(sums[i]));
  }
}

void ScalarQuantizer::Serialize(ByteWriter& out) const {
  out.Put(static_cast<uint32_t>(bits_));
  out.Put(static_cast<uint32_t>(dim()));
  out.PutRaw(low_.data(), dim() * sizeof(float));
  out.PutRaw(step_.data(), dim() * sizeof(float));
}

Result<ScalarQuantizer> ScalarQuantizer::Deserialize(ByteReader& in) {
  VG_ASSIGN_OR_RETURN(const uint32_t bits, in.Get<uint32_t>());
  VG_ASSIGN_OR_RETURN(const uint32_t dim, in.Get<uint32_t>());
  if (bits != 4 && bits != 8) return DataLoss("scalar codes of " + std::to_string(bits) + " bits");
  ScalarQuantizer out;
  out.bits_ = bits;
  for (std::vector<float>* values : {&out.low_, &out.step_}) {
    VG_ASSIGN_OR_RETURN(const std::string_view raw, in.GetRaw(size_t{dim} * sizeof(float)));
    values->resize(dim);
    std::copy_n(raw.data(), raw.size(), reinterpret_cast<char*>(values->data()));
  }
  for (size_t d = 0; d < dim; ++d) {
    if (!std::isfinite(out.low_[d]) || !std::isfinite(out.step_[d]) || out.step_[d] < 0) {
      return DataLoss("the range of element " + std::to_string(d) + " is not a range");
    }
  }
  return out;
}

}  // namespace vecgate::index

#include "index/quantize/product_quantizer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>

#include "index/quantize/kmeans.h"

namespace vecgate::index {
namespace {

// More vectors for a centroid move it little; Train looks at an even sample of at most these.
constexpr size_t kLeastSample = 16384;
constexpr size_t kSampledPerCentroid = 2;
constexpr size_t kIterations = 15;
constexpr size_t kMostDim = 65536;

Error Refused(const std::string& what) { return InvalidArgument(what, Subject::kIndex); }

template <size_t kBits>
uint32_t PartOf(const uint8_t* code, size_t j) {
  if constexpr (kBits == 8) return code[j];
  if constexpr (kBits == 4) return (code[j / 2] >> (j % 2 * 4)) & 15U;
  return code[2 * j] | static_cast<uint32_t>(code[2 * j + 1]) << 8;
}

// kRows independent sums, so that one addition does not wait for another's.
template <size_t kBits, size_t kRows>
void SumEntries(const float* table, size_t m, const uint8_t* const* codes, float* out) {
  constexpr size_t kEntries = size_t{1} << kBits;
  std::array<float, kRows> sums{};
  for (size_t j = 0; j < m; ++j, table += kEntries) {
    for (size_t r = 0; r < kRows; ++r) sums[r] += table[PartOf<kBits>(codes[r], j)];
  }
  std::copy(sums.begin(), sums.end(), out);
}

template <size_t kBits>
void SumAll(const float* table, size_t m, const uint8_t* const* codes, size_t count, float* out) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) SumEntries<kBits, 4>(table, m, codes + i, out + i);
  for (; i < count; ++i) SumEntries<kBits, 1>(table, m, codes + i, out + i);
}

}  // namespace

Status ProductQuantizer::Check(const ProductOptions& options, size_t dim) {
  if (dim == 0 || dim > kMostDim || options.m == 0 || dim % options.m != 0) {
    return Refused("m must divide the dimension: " + std::to_string(options.m) +
                   " does not divide " + std::to_string(dim));
  }
  if (options.nbits != 4 && options.nbits != 8 && options.nbits != 16) {
    return Refused("nbits must be 4, 8 or 16, not " + std::to_string(options.nbits));
  }
  return Ok();
}

Result<ProductQuantizer> ProductQuantizer::Train(const ProductOptions& options, size_t dim,
                                                 const float* vectors, size_t count) {
  VG_RETURN_IF_ERROR(Check(options, dim));
  ProductQuantizer out;
  out.options_ = options;
  out.part_ = dim / options.m;
  if (count < out.centroids()) {
    return Refused("a product quantizer with nbits " + std::to_string(options.nbits) +
                   " learns from at least " + std::to_string(out.centroids()) + " vectors, " +
                   std::to_string(count) + " were given: lower nbits or add rows");
  }
  const size_t most = std::max(kLeastSample, kSampledPerCentroid * out.centroids());
  const auto sample = EvenSample(vectors, count, dim, most);
  const size_t sampled = sample.size() / dim;
  std::vector<float> parts(sampled * out.part_);
  for (size_t j = 0; j < options.m; ++j) {
    for (size_t i = 0; i < sampled; ++i) {
      std::copy_n(&sample[i * dim + j * out.part_], out.part_, &parts[i * out.part_]);
    }
    const KMeansOptions means{
        .clusters = out.centroids(), .most_iterations = kIterations, .seed = 0x7071 + j};
    const auto centroids = KMeans(means, parts.data(), sampled, out.part_);
    out.codebooks_.emplace_back(centroids.data(), out.centroids(), out.part_);
  }
  return out;
}

void ProductQuantizer::SetPart(uint8_t* code, size_t j, uint32_t id) const {
  switch (options_.nbits) {
    case 4: code[j / 2] = static_cast<uint8_t>(code[j / 2] | id << (j % 2 * 4)); break;
    case 8: code[j] = static_cast<uint8_t>(id); break;
    default:
      code[2 * j] = static_cast<uint8_t>(id & 0xff);
      code[2 * j + 1] = static_cast<uint8_t>(id >> 8);
  }
}

uint32_t ProductQuantizer::Part(const uint8_t* code, size_t j) const {
  switch (options_.nbits) {
    case 4: return PartOf<4>(code, j);
    case 8: return PartOf<8>(code, j);
    default: return PartOf<16>(code, j);
  }
}

void ProductQuantizer::Encode(const float* vector, uint8_t* code) const {
  std::fill_n(code, code_bytes(), uint8_t{0});
  for (size_t j = 0; j < m(); ++j) {
    const float* part = vector + j * part_;
    uint32_t id = 0;
    float distance = 0;
    codebooks_[j].Nearest(&part, 1, &id, &distance);
    SetPart(code, j, id);
  }
}

void ProductQuantizer::Decode(const uint8_t* code, float* vector) const {
  for (size_t j = 0; j < m(); ++j) codebooks_[j].CopyRow(Part(code, j), vector + j * part_);
}

void ProductQuantizer::DistanceTable(ProductDistance distance, const float* query,
                                     float* table) const {
  for (size_t j = 0; j < m(); ++j) {
    float* row = table + j * centroids();
    if (distance == ProductDistance::kL2Squared) {
      codebooks_[j].L2Squared(query + j * part_, row);
      continue;
    }
    codebooks_[j].InnerProducts(query + j * part_, row);
    for (size_t c = 0; c < centroids(); ++c) row[c] = -row[c];
  }
}

void ProductQuantizer::Distances(const float* table, const uint8_t* const* codes, size_t count,
                                 float* out) const {
  switch (options_.nbits) {
    case 4: SumAll<4>(table, m(), codes, count, out); break;
    case 8: SumAll<8>(table, m(), codes, count, out); break;
    default: SumAll<16>(table, m(), codes, count, out);
  }
}

ByteTable ProductQuantizer::RoundTable(const float* table, uint8_t* bytes) const {
  constexpr size_t kEntries = kernels::kFastScanEntries;
  std::vector<float> least(m());
  float widest = 0;
  float all = 0;
  ByteTable out;
  for (size_t j = 0; j < m(); ++j) {
    const auto [low, high] = std::minmax_element(table + j * kEntries, table + (j + 1) * kEntries);
    least[j] = *low;
    out.bias += *low;
    widest = std::max(widest, *high - *low);
    all += *high - *low;
  }
  // Each entry fits a byte, and the sum, with half a unit of rounding for each part, 16 bits.
  const float scale = std::max(widest / 255.0F, all / (65535.0F - static_cast<float>(m())));
  if (scale > 0) out.scale = scale;
  std::fill_n(bytes, byte_table_size(), uint8_t{0});
  for (size_t i = 0; i < m() * kEntries; ++i) {
    const float place = (table[i] - least[i / kEntries]) / out.scale + 0.5F;
    // Written so that what is not a number becomes 0.
    bytes[i] = place >= 255.0F ? uint8_t{255}
               : place > 0     ? static_cast<uint8_t>(place)
                               : uint8_t{0};
  }
  return out;
}

void ProductQuantizer::BlockDistances(const ByteTable& rounded, const uint8_t* bytes,
                                      const uint8_t* block, float* out) const {
  std::array<uint16_t, kernels::kFastScanCodes> sums;
  kernels::ActiveFastScanKernels().sum(bytes, block, code_bytes(), sums.data());
  for (size_t i = 0; i < sums.size(); ++i) {
    out[i] = rounded.bias + rounded.scale * static_cast<float>(sums[i]);
  }
}

void ProductQuantizer::Serialize(ByteWriter& out) const {
  out.Put(static_cast<uint32_t>(dim()));
  out.Put(static_cast<uint32_t>(m()));
  out.Put(static_cast<uint32_t>(nbits()));
  std::vector<float> row(part_);
  for (const CentroidTable& codebook : codebooks_) {
    for (size_t c = 0; c < centroids(); ++c) {
      codebook.CopyRow(c, row.data());
      out.PutRaw(row.data(), part_ * sizeof(float));
    }
  }
}

Result<ProductQuantizer> ProductQuantizer::Deserialize(ByteReader& in) {
  VG_ASSIGN_OR_RETURN(const uint32_t dim, in.Get<uint32_t>());
  VG_ASSIGN_OR_RETURN(const uint32_t m, in.Get<uint32_t>());
  VG_ASSIGN_OR_RETURN(const uint32_t nbits, in.Get<uint32_t>());
  ProductQuantizer out;
  out.options_ = {.m = m, .nbits = nbits};
  if (auto sound = Check(out.options_, dim); !sound.ok()) return DataLoss(sound.error().message);
  out.part_ = dim / m;
  std::vector<float> rows(out.centroids() * out.part_);
  for (size_t j = 0; j < m; ++j) {
    VG_ASSIGN_OR_RETURN(const std::string_view raw, in.GetRaw(rows.size() * sizeof(float)));
    std::memcpy(rows.data(), raw.data(), raw.size());
    if (!std::all_of(rows.begin(), rows.end(), [](float x) { return std::isfinite(x); })) {
      return DataLoss("codebook " + std::to_string(j) + " holds what is not a number");
    }
    out.codebooks_.emplace_back(rows.data(), out.centroids(), out.part_);
  }
  return out;
}

}  // namespace vecgate::index

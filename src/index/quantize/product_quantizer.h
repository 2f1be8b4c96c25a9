// ProductQuantizer: a vector as m small codes, each the number of the nearest centroid to its part.
//
// H. Jégou, M. Douze, C. Schmid, "Product quantization for nearest neighbor search" (2011). A
// vector is cut into m parts of dim / m elements; part j is coded with 4, 8 or 16 bits by a
// codebook of its own. A query makes one table of its distances to every centroid, and the distance
// to a code is the sum of m entries of that table (asymmetric distance, section III).
//
// Codes of 4 bits lie two to a byte, part 2j in the low nibble; of 16 bits little-endian. Blocks of
// 32 codes of 4 bits are scanned with tables of bytes, as kernels/fast_scan.h says.
//
// Thread safety: const after training. Ownership: borrows nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "index/quantize/centroid_table.h"
#include "kernels/fast_scan.h"

namespace vecgate::index {

struct ProductOptions {
  /// Parts of a vector; divides its dimension.
  size_t m = 8;
  /// Bits of one code: 4, 8 or 16.
  size_t nbits = 8;
};

enum class ProductDistance { kL2Squared, kNegatedInnerProduct };

/// A distance table rounded to bytes: distance ≈ bias + scale · (sum of bytes).
struct ByteTable {
  float bias = 0;
  float scale = 1;
};

class ProductQuantizer {
 public:
  ProductQuantizer() = default;

  /// kInvalidArgument, Subject::kIndex, naming what `options` should be, when they do not fit
  /// `dim`.
  static Status Check(const ProductOptions& options, size_t dim);
  /// Learns codebooks from `count` vectors (count × dim, row-major) or an even sample of them.
  /// Deterministic as KMeans is. kInvalidArgument, Subject::kIndex, when Check fails or `count` is
  /// below the 2^nbits centroids of a codebook.
  static Result<ProductQuantizer> Train(const ProductOptions& options, size_t dim,
                                        const float* vectors, size_t count);

  /// Writes code_bytes() bytes. `vector` holds dim floats.
  void Encode(const float* vector, uint8_t* code) const;
  /// Writes dim floats.
  void Decode(const uint8_t* code, float* vector) const;

  /// Writes table_size() floats: row j of centroids() entries is for part j. `query` holds dim
  /// floats.
  void DistanceTable(ProductDistance distance, const float* query, float* table) const;
  /// out[i] is the sum of the entries that codes[i] names.
  void Distances(const float* table, const uint8_t* const* codes, size_t count, float* out) const;

  /// Rounds a table to byte_table_size() bytes, such that no sum passes 65,535. A distance from it
  /// is within m / 2 · scale of the table's. REQUIRES: nbits() == 4.
  ByteTable RoundTable(const float* table, uint8_t* bytes) const;
  /// out[0..32) are the distances of a block of 32 transposed codes.
  void BlockDistances(const ByteTable& rounded, const uint8_t* bytes, const uint8_t* block,
                      float* out) const;
  [[nodiscard]] size_t byte_table_size() const {
    return 2 * code_bytes() * kernels::kFastScanEntries;
  }

  [[nodiscard]] size_t dim() const { return options_.m * part_; }
  [[nodiscard]] size_t m() const { return options_.m; }
  [[nodiscard]] size_t nbits() const { return options_.nbits; }
  [[nodiscard]] size_t centroids() const { return size_t{1} << options_.nbits; }
  [[nodiscard]] size_t table_size() const { return options_.m * centroids(); }
  [[nodiscard]] size_t code_bytes() const { return CodeBytes(options_); }
  static size_t CodeBytes(const ProductOptions& options) {
    return (options.m * options.nbits + 7) / 8;
  }

  void Serialize(ByteWriter& out) const;
  /// kDataLoss when the bytes end early or hold what Train cannot give.
  static Result<ProductQuantizer> Deserialize(ByteReader& in);

 private:
  void SetPart(uint8_t* code, size_t j, uint32_t id) const;
  [[nodiscard]] uint32_t Part(const uint8_t* code, size_t j) const;

  ProductOptions options_{.m = 0, .nbits = 8};
  size_t part_ = 0;  // elements of a part
  std::vector<CentroidTable> codebooks_;
};

}  // namespace vecgate::index

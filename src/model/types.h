// The words of the data model: field types, metrics, index types, and ids that are types.
//
// Numbers of DataType are those of Milvus' schema.proto, so that nothing is mapped twice.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vecgate {

enum class DataType : int32_t {
  kNone = 0,
  kBool = 1,
  kInt8 = 2,
  kInt16 = 3,
  kInt32 = 4,
  kInt64 = 5,
  kFloat = 10,
  kDouble = 11,
  kVarChar = 21,
  kArray = 22,
  kJson = 23,
  kBinaryVector = 100,
  kFloatVector = 101,
  kFloat16Vector = 102,
  kBFloat16Vector = 103,
  kSparseFloatVector = 104,
  kInt8Vector = 105,
};

/// "Int64", "VarChar", "FloatVector", … as Milvus prints it; "Unknown(n)" never occurs in a schema.
std::string_view DataTypeName(DataType type);
/// The type with this number, or nothing.
std::optional<DataType> DataTypeFromNumber(int32_t number);
bool IsVector(DataType type);
bool IsInteger(DataType type);

/// How two vectors are compared. L2 is the squared distance; IP and COSINE are larger for nearer
/// vectors. Of bits, HAMMING counts those that differ and JACCARD is 1 - |a ∧ b| / |a ∨ b|, 0 when
/// neither vector has a bit that is set.
enum class Metric { kL2, kInnerProduct, kCosine, kHamming, kJaccard };

std::string_view MetricName(Metric metric);
std::optional<Metric> MetricFromName(std::string_view name);
/// The metrics of a vector type, its default first. REQUIRES: a vector type that is stored.
std::span<const Metric> MetricsOf(DataType type);
/// True when a larger score is a better hit.
bool LargerIsBetter(Metric metric);
/// True when score `a` is strictly better than `b`.
bool IsBetter(Metric metric, float a, float b);

enum class IndexType {
  kAuto,
  kFlat,
  kIvfFlat,
  kIvfSq8,
  kIvfPq,
  kHnsw,
  kHnswSq,
  kHnswPq,
  kBinFlat,
  kSparseInverted,
  kTrie,
  kStlSort,
  kInverted,
  kBitmap,
};

/// "AUTOINDEX", "FLAT", "HNSW", … as clients spell it.
std::string_view IndexTypeName(IndexType type);
/// Case-insensitive; "" is AUTOINDEX.
std::optional<IndexType> IndexTypeFromName(std::string_view name);
/// True for the index types of scalar fields.
bool IsScalarIndex(IndexType type);

/// A number that is given once and never reused; 0 is no collection.
enum class CollectionId : uint64_t {};
/// 0 is the default partition of a collection.
enum class PartitionId : uint32_t {};

inline uint64_t ToNumber(CollectionId id) { return static_cast<uint64_t>(id); }
inline uint32_t ToNumber(PartitionId id) { return static_cast<uint32_t>(id); }

/// INT64 or VARCHAR. Ordered as numbers, or as bytes.
using PrimaryKey = std::variant<int64_t, std::string>;

/// `42` or `"a"`, for messages.
std::string ToText(const PrimaryKey& key);

}  // namespace vecgate

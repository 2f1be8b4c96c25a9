#include "model/types.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/check.h"

namespace vecgate {
namespace {

struct IndexName {
  IndexType type;
  std::string_view name;
};

constexpr std::array kIndexNames = {
    IndexName{IndexType::kAuto, "AUTOINDEX"},
    IndexName{IndexType::kFlat, "FLAT"},
    IndexName{IndexType::kIvfFlat, "IVF_FLAT"},
    IndexName{IndexType::kIvfSq8, "IVF_SQ8"},
    IndexName{IndexType::kIvfPq, "IVF_PQ"},
    IndexName{IndexType::kHnsw, "HNSW"},
    IndexName{IndexType::kHnswSq, "HNSW_SQ"},
    IndexName{IndexType::kHnswPq, "HNSW_PQ"},
    IndexName{IndexType::kBinFlat, "BIN_FLAT"},
    IndexName{IndexType::kSparseInverted, "SPARSE_INVERTED_INDEX"},
    IndexName{IndexType::kTrie, "Trie"},
    IndexName{IndexType::kStlSort, "STL_SORT"},
    IndexName{IndexType::kInverted, "INVERTED"},
    IndexName{IndexType::kBitmap, "BITMAP"},
};

constexpr std::array kNumberMetrics = {Metric::kCosine, Metric::kL2, Metric::kInnerProduct};
constexpr std::array kBitMetrics = {Metric::kHamming, Metric::kJaccard};

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::toupper(x) == std::toupper(y);
  });
}

}  // namespace

std::string_view DataTypeName(DataType type) {
  switch (type) {
    case DataType::kNone: return "None";
    case DataType::kBool: return "Bool";
    case DataType::kInt8: return "Int8";
    case DataType::kInt16: return "Int16";
    case DataType::kInt32: return "Int32";
    case DataType::kInt64: return "Int64";
    case DataType::kFloat: return "Float";
    case DataType::kDouble: return "Double";
    case DataType::kVarChar: return "VarChar";
    case DataType::kArray: return "Array";
    case DataType::kJson: return "JSON";
    case DataType::kBinaryVector: return "BinaryVector";
    case DataType::kFloatVector: return "FloatVector";
    case DataType::kFloat16Vector: return "Float16Vector";
    case DataType::kBFloat16Vector: return "BFloat16Vector";
    case DataType::kSparseFloatVector: return "SparseFloatVector";
    case DataType::kInt8Vector: return "Int8Vector";
  }
  return "None";
}

std::optional<DataType> DataTypeFromNumber(int32_t number) {
  const auto type = static_cast<DataType>(number);
  if (number == 0 || DataTypeName(type) == "None") return std::nullopt;
  return type;
}

bool IsVector(DataType type) { return static_cast<int32_t>(type) >= 100; }

bool IsInteger(DataType type) {
  return type == DataType::kInt8 || type == DataType::kInt16 || type == DataType::kInt32 ||
         type == DataType::kInt64;
}

std::string_view MetricName(Metric metric) {
  switch (metric) {
    case Metric::kL2: return "L2";
    case Metric::kInnerProduct: return "IP";
    case Metric::kCosine: return "COSINE";
    case Metric::kHamming: return "HAMMING";
    case Metric::kJaccard: return "JACCARD";
  }
  return "L2";
}

std::optional<Metric> MetricFromName(std::string_view name) {
  for (const std::span<const Metric> metrics :
       {std::span<const Metric>(kNumberMetrics), std::span<const Metric>(kBitMetrics)}) {
    for (const Metric metric : metrics) {
      if (EqualIgnoringCase(name, MetricName(metric))) return metric;
    }
  }
  return std::nullopt;
}

std::span<const Metric> MetricsOf(DataType type) {
  if (type == DataType::kBinaryVector) return kBitMetrics;
  return kNumberMetrics;
}

bool LargerIsBetter(Metric metric) {
  return metric == Metric::kInnerProduct || metric == Metric::kCosine;
}

bool IsBetter(Metric metric, float a, float b) { return LargerIsBetter(metric) ? a > b : a < b; }

std::string_view IndexTypeName(IndexType type) {
  for (const IndexName& entry : kIndexNames) {
    if (entry.type == type) return entry.name;
  }
  VG_CHECK(false);
}

std::optional<IndexType> IndexTypeFromName(std::string_view name) {
  if (name.empty()) return IndexType::kAuto;
  for (const IndexName& entry : kIndexNames) {
    if (EqualIgnoringCase(entry.name, name)) return entry.type;
  }
  return std::nullopt;
}

bool IsScalarIndex(IndexType type) {
  return type == IndexType::kTrie || type == IndexType::kStlSort || type == IndexType::kInverted ||
         type == IndexType::kBitmap;
}

std::string ToText(const PrimaryKey& key) {
  if (const auto* number = std::get_if<int64_t>(&key)) return std::to_string(*number);
  return "\"" + std::get<std::string>(key) + "\"";
}

}  // namespace vecgate

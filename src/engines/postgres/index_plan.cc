#include "engines/postgres/index_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engines/postgres/distance.h"
#include "model/index_rules.h"

namespace vecgate::postgres {
namespace {

// What pgvector's indexes take (hnsw.h, ivfflat.h).
constexpr uint32_t kMaxVector = 2000;
constexpr uint32_t kMaxHalf = 4000;
constexpr uint32_t kMaxBits = 64'000;
/// A third of a page, which a btree's entry may take (nbtree.h), less its header.
constexpr uint32_t kMaxIndexedText = 2600;

Error BadIndex(std::string message) { return InvalidArgument(std::move(message), Subject::kIndex); }

Result<int64_t> Number(const IndexSpec& index, const std::string& name, int64_t otherwise,
                       int64_t least, int64_t most) {
  const auto found = index.params.find(name);
  if (found == index.params.end()) return otherwise;
  const std::string& text = found->second;
  int64_t out = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  if (whole && out >= least && out <= most) return out;
  return BadIndex(
      fmt::format("index parameter {} of {} has to be a whole number from {} to {}, "
                  "found '{}'",
                  name, IndexTypeName(index.type), least, most, text));
}

uint32_t MostDimensions(DataType type) {
  if (type == DataType::kBinaryVector) return kMaxBits;
  const bool half = type == DataType::kFloat16Vector || type == DataType::kInt8Vector;
  return half ? kMaxHalf : kMaxVector;
}

Result<IndexPlan> PlanHnsw(const FieldSchema& field, const IndexSpec& index) {
  VG_ASSIGN_OR_RETURN(const int64_t m, Number(index, "M", 16, 2, 100));
  VG_ASSIGN_OR_RETURN(const int64_t ef,
                      Number(index, "efConstruction", std::max<int64_t>(64, 2 * m), 4, 1000));
  if (ef < 2 * m) {
    return BadIndex(
        fmt::format("index parameter efConstruction of HNSW has to be twice M or more: "
                    "found {} with M = {}",
                    ef, m));
  }
  return IndexPlan{.method = "hnsw",
                   .operator_class = OperatorClass(field.type, index.metric),
                   .options = fmt::format("m = {}, ef_construction = {}", m, ef)};
}

Result<IndexPlan> PlanLists(const FieldSchema& field, const IndexSpec& index) {
  VG_ASSIGN_OR_RETURN(const int64_t lists, Number(index, "nlist", 128, 1, 32768));
  return IndexPlan{.method = "ivfflat",
                   .operator_class = OperatorClass(field.type, index.metric),
                   .options = fmt::format("lists = {}", lists)};
}

Result<IndexPlan> PlanVector(const FieldSchema& field, const IndexSpec& index) {
  VG_RETURN_IF_ERROR(CheckMetric(field, index.metric));
  if (index.type == IndexType::kFlat || index.type == IndexType::kBinFlat) return IndexPlan{};
  const uint32_t most = MostDimensions(field.type);
  if (field.dim > most) {
    // AUTOINDEX is the best that there is, and that is exact search.
    if (index.type == IndexType::kAuto) return IndexPlan{};
    return BadIndex(fmt::format(
        "field '{}' ({}) has {} dimensions; {} of pgvector takes up to {}, and up to {} of a "
        "Float16Vector. {} searches exactly",
        field.name, DataTypeName(field.type), field.dim, IndexTypeName(index.type), most, kMaxHalf,
        field.type == DataType::kBinaryVector ? "BIN_FLAT" : "FLAT"));
  }
  return index.type == IndexType::kIvfFlat ? PlanLists(field, index) : PlanHnsw(field, index);
}

Result<IndexPlan> PlanScalar(const FieldSchema& field, const IndexSpec& index) {
  VG_RETURN_IF_ERROR(CheckScalarIndex(index.type, field));
  if (field.is_primary_key) return IndexPlan{};
  if (field.max_length > kMaxIndexedText) {
    return BadIndex(
        fmt::format("field '{}' holds texts of up to {} bytes; indexes of PostgreSQL take up to {}",
                    field.name, field.max_length, kMaxIndexedText));
  }
  return IndexPlan{.method = field.type == DataType::kArray ? "gin" : "btree",
                   .operator_class = "",
                   .options = ""};
}

std::string Names(const std::vector<IndexType>& types) {
  std::string out;
  for (const IndexType type : types) {
    out += (out.empty() ? "" : ", ") + std::string(IndexTypeName(type));
  }
  return out;
}

}  // namespace

const std::vector<IndexType>& VectorIndexTypes() {
  static const std::vector<IndexType> types = {IndexType::kAuto, IndexType::kFlat,
                                               IndexType::kIvfFlat, IndexType::kHnsw};
  return types;
}

const std::vector<IndexType>& BinaryIndexTypes() {
  static const std::vector<IndexType> types = {IndexType::kAuto, IndexType::kBinFlat,
                                               IndexType::kHnsw};
  return types;
}

const std::vector<IndexType>& ScalarIndexTypesOfPostgres() {
  static const std::vector<IndexType> types = {IndexType::kAuto, IndexType::kInverted,
                                               IndexType::kBitmap, IndexType::kStlSort,
                                               IndexType::kTrie};
  return types;
}

Result<IndexPlan> PlanIndex(const CollectionSchema& schema, const IndexSpec& index) {
  if (index.field >= schema.fields.size()) {
    return InvalidArgument(fmt::format("collection {} has no field {}", schema.name, index.field),
                           Subject::kField);
  }
  const FieldSchema& field = schema.fields[index.field];
  const bool bits = field.type == DataType::kBinaryVector;
  const std::vector<IndexType>& known = !IsVector(field.type) ? ScalarIndexTypesOfPostgres()
                                        : bits                ? BinaryIndexTypes()
                                                              : VectorIndexTypes();
  if (std::find(known.begin(), known.end(), index.type) == known.end()) {
    return Unimplemented(
        fmt::format("index type {} is not available for field '{}' ({}) in PostgreSQL; there are: "
                    "{}",
                    IndexTypeName(index.type), field.name, DataTypeName(field.type), Names(known)),
        Subject::kIndex);
  }
  return IsVector(field.type) ? PlanVector(field, index) : PlanScalar(field, index);
}

}  // namespace vecgate::postgres

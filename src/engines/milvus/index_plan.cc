#include "engines/milvus/index_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace vecgate::milvus_engine {
namespace {

using Params = std::map<std::string, std::string>;

constexpr const char* kTypeKey = "index_type";
constexpr const char* kMetricKey = "metric_type";
constexpr uint32_t kDefaultEf = 64;
constexpr uint32_t kMaxEf = 32'768;
constexpr uint32_t kDefaultProbes = 16;

/// A parameter of an index type: its least and greatest value, and what stands where it is absent.
struct Parameter {
  const char* name;
  int64_t otherwise;
  int64_t least;
  int64_t most;
};

constexpr Parameter kM{"M", 16, 2, 2048};
constexpr Parameter kEfConstruction{"efConstruction", 200, 8, 512};
constexpr Parameter kLists{"nlist", 128, 1, 65'536};
constexpr Parameter kBits{"nbits", 8, 1, 16};

std::vector<Parameter> ParametersOf(IndexType type) {
  switch (type) {
    case IndexType::kHnsw: return {kM, kEfConstruction};
    case IndexType::kIvfFlat:
    case IndexType::kIvfSq8: return {kLists};
    case IndexType::kIvfPq: return {kLists, kBits};
    default: return {};
  }
}

Error BadIndex(std::string message) { return InvalidArgument(std::move(message), Subject::kIndex); }

Result<int64_t> Number(const IndexSpec& index, const Parameter& parameter) {
  const auto found = index.params.find(parameter.name);
  if (found == index.params.end()) return parameter.otherwise;
  const std::string& text = found->second;
  int64_t out = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  if (whole && out >= parameter.least && out <= parameter.most) return out;
  return BadIndex(fmt::format(
      "index parameter {} of {} has to be a whole number from {} to {}, found '{}'", parameter.name,
      IndexTypeName(index.type), parameter.least, parameter.most, text));
}

/// IVF_PQ cuts a vector into `m` equal parts; by default of 4 dimensions or as few more as there
/// can be.
Result<int64_t> PartsOf(const FieldSchema& field, const IndexSpec& index) {
  int64_t parts = std::max<int64_t>(1, field.dim / 4);
  while (field.dim % parts != 0) --parts;
  VG_ASSIGN_OR_RETURN(parts, Number(index, {"m", parts, 1, field.dim}));
  if (field.dim % parts == 0) return parts;
  return BadIndex(
      fmt::format("index parameter m of IVF_PQ has to divide the {} dimensions of field '{}', "
                  "found {}",
                  field.dim, field.name, parts));
}

std::string Names(const std::vector<IndexType>& types) {
  std::string out;
  for (const IndexType type : types) {
    out += (out.empty() ? "" : ", ") + std::string(IndexTypeName(type));
  }
  return out.empty() ? "none" : out;
}

std::string NameInMilvus(IndexType type, DataType field) {
  // Milvus 2.3 has no AUTOINDEX of bits.
  if (type == IndexType::kAuto && field == DataType::kBinaryVector) {
    return std::string(IndexTypeName(IndexType::kBinFlat));
  }
  return std::string(IndexTypeName(type));
}

}  // namespace

const std::vector<IndexType>& VectorIndexTypes() {
  static const std::vector<IndexType> types = {IndexType::kAuto,    IndexType::kFlat,
                                               IndexType::kIvfFlat, IndexType::kIvfSq8,
                                               IndexType::kIvfPq,   IndexType::kHnsw};
  return types;
}

const std::vector<IndexType>& BinaryIndexTypes() {
  static const std::vector<IndexType> types = {IndexType::kAuto, IndexType::kBinFlat};
  return types;
}

Result<Params> PlanIndex(const Layout& layout, const IndexSpec& index) {
  const CollectionSchema& schema = layout.schema();
  if (index.field >= schema.fields.size()) {
    return InvalidArgument(fmt::format("collection {} has no field {}", schema.name, index.field),
                           Subject::kField);
  }
  const FieldSchema& field = schema.fields[index.field];
  static const std::vector<IndexType> none;
  const std::vector<IndexType>& known = !IsVector(field.type) ? none
                                        : field.type == DataType::kBinaryVector
                                            ? BinaryIndexTypes()
                                            : VectorIndexTypes();
  if (std::find(known.begin(), known.end(), index.type) == known.end()) {
    return Unimplemented(
        fmt::format("index type {} is not available for field '{}' ({}) in Milvus; there are: {}",
                    IndexTypeName(index.type), field.name, DataTypeName(field.type), Names(known)),
        Subject::kIndex);
  }
  VG_RETURN_IF_ERROR(CheckMetric(field, index.metric));
  Params out = {{kTypeKey, NameInMilvus(index.type, field.type)},
                {kMetricKey, std::string(MetricName(index.metric))}};
  for (const Parameter& parameter : ParametersOf(index.type)) {
    VG_ASSIGN_OR_RETURN(const int64_t value, Number(index, parameter));
    out[parameter.name] = std::to_string(value);
  }
  if (index.type == IndexType::kIvfPq) {
    VG_ASSIGN_OR_RETURN(const int64_t parts, PartsOf(field, index));
    out["m"] = std::to_string(parts);
  }
  return out;
}

IndexSpec IndexWithout(const Layout& layout) {
  const bool bits = layout.field(layout.vector()).type == DataType::kBinaryVector;
  return {.field = layout.vector(),
          .type = bits ? IndexType::kBinFlat : IndexType::kFlat,
          .metric = bits ? Metric::kHamming : Metric::kL2,
          .params = {}};
}

bool IsBuilt(const Params& plan, const Params& found) {
  return std::all_of(plan.begin(), plan.end(), [&](const auto& entry) {
    const auto at = found.find(entry.first);
    return at != found.end() && at->second == entry.second;
  });
}

std::optional<IndexSpec> SpecOf(size_t field, const Params& found) {
  const auto type = found.find(kTypeKey);
  const auto metric = found.find(kMetricKey);
  if (type == found.end() || metric == found.end()) return std::nullopt;
  const auto known_type = IndexTypeFromName(type->second);
  const auto known_metric = MetricFromName(metric->second);
  if (!known_type || !known_metric) return std::nullopt;
  IndexSpec out{.field = field, .type = *known_type, .metric = *known_metric, .params = {}};
  for (const auto& [name, value] : found) {
    if (name != kTypeKey && name != kMetricKey) out.params[name] = value;
  }
  return out;
}

std::string SearchParams(const IndexSpec& index, const SearchRequest& request, uint32_t topk) {
  nlohmann::json out = nlohmann::json::object();
  if (index.type == IndexType::kHnsw || index.type == IndexType::kAuto) {
    out["ef"] = std::clamp(std::max(request.ef.value_or(kDefaultEf), topk), 1U, kMaxEf);
  }
  const bool lists = index.type == IndexType::kIvfFlat || index.type == IndexType::kIvfSq8 ||
                     index.type == IndexType::kIvfPq;
  if (lists) {
    const auto given = index.params.find(kLists.name);
    const auto most = static_cast<uint32_t>(given == index.params.end()
                                                ? kLists.otherwise
                                                : std::strtoll(given->second.c_str(), nullptr, 10));
    out["nprobe"] = std::clamp(request.nprobe.value_or(kDefaultProbes), 1U, std::max(1U, most));
  }
  return out.dump();
}

bool IsApproximateInScores(IndexType type) {
  return type == IndexType::kIvfSq8 || type == IndexType::kIvfPq;
}

std::string IndexesToJson(const std::map<size_t, IndexSpec>& indexes) {
  nlohmann::json out = nlohmann::json::array();
  for (const auto& [field, index] : indexes) {
    out.push_back({{"field", field},
                   {"type", IndexTypeName(index.type)},
                   {"metric", MetricName(index.metric)},
                   {"params", index.params}});
  }
  return out.dump();
}

Result<std::map<size_t, IndexSpec>> IndexesFromJson(std::string_view json) {
  std::map<size_t, IndexSpec> out;
  if (json.empty()) return out;
  try {
    for (const auto& item : nlohmann::json::parse(json)) {
      IndexSpec index;
      index.field = item.at("field").get<size_t>();
      const auto type = IndexTypeFromName(item.at("type").get<std::string>());
      const auto metric = MetricFromName(item.at("metric").get<std::string>());
      if (!type || !metric) return DataLoss("the index " + item.dump() + " is of no known type");
      index.type = *type;
      index.metric = *metric;
      index.params = item.at("params").get<std::map<std::string, std::string>>();
      out.emplace(index.field, std::move(index));
    }
  } catch (const nlohmann::json::exception& e) {
    return DataLoss(fmt::format("the indexes '{}' are not what was written: {}", json, e.what()));
  }
  return out;
}

}  // namespace vecgate::milvus_engine

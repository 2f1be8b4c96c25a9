#include "engines/postgres/distance.h"

#include <fmt/format.h>

namespace vecgate::postgres {
namespace {

/// Which of pgvector's types the field's column is of.
std::string_view FamilyOf(DataType type) {
  switch (type) {
    case DataType::kFloat16Vector:
    case DataType::kInt8Vector: return "halfvec";
    case DataType::kBinaryVector: return "bit";
    default: return "vector";
  }
}

std::string_view MetricWord(Metric metric) {
  switch (metric) {
    case Metric::kL2: return "l2";
    case Metric::kInnerProduct: return "ip";
    case Metric::kCosine: return "cosine";
    case Metric::kHamming: return "hamming";
    case Metric::kJaccard: return "jaccard";
  }
  return "l2";
}

}  // namespace

std::string_view DistanceOperator(Metric metric) {
  switch (metric) {
    case Metric::kL2: return "<->";
    case Metric::kInnerProduct: return "<#>";
    case Metric::kCosine: return "<=>";
    case Metric::kHamming: return "<~>";
    case Metric::kJaccard: return "<%>";
  }
  return "<->";
}

std::string OperatorClass(DataType type, Metric metric) {
  return fmt::format("{}_{}_ops", FamilyOf(type), MetricWord(metric));
}

std::string DistanceSql(const FieldSchema& field, Metric metric, const std::string& vector,
                        const std::string& query) {
  switch (metric) {
    case Metric::kL2:
      // The root that `<->` takes would have to be undone.
      return fmt::format("{}_l2_squared_distance({}, {})::real", FamilyOf(field.type), vector,
                         query);
    case Metric::kCosine:
      // A vector of zeros has no direction, and cosine 0 with every other.
      return fmt::format("(-coalesce(nullif(1 - ({} <=> {}), 'NaN'), 0))::real", vector, query);
    case Metric::kJaccard:
      // Two vectors without a bit are equal, which pgvector calls as far apart as can be.
      return fmt::format("(CASE WHEN ({0} <~> {1}) = 0 THEN 0 ELSE {0} <%> {1} END)::real", vector,
                         query);
    default: return fmt::format("({} {} {})::real", vector, DistanceOperator(metric), query);
  }
}

}  // namespace vecgate::postgres

#include "milvus_wire/query_vectors.h"

#include <fmt/format.h>

#include <utility>

#include "common.pb.h"

namespace vecgate::milvus_wire {
namespace {

namespace pb = ::milvus::proto;

pb::common::PlaceholderValue& AddPlaceholder(DataType type, pb::common::PlaceholderGroup& group) {
  auto* values = group.add_placeholders();
  values->set_tag("$0");
  // The numbers of placeholder types are those of the fields' types.
  values->set_type(static_cast<pb::common::PlaceholderType>(type));
  return *values;
}

}  // namespace

Result<QueryVectors> ParseQueryVectors(const std::string& serialized, int64_t nq) {
  pb::common::PlaceholderGroup group;
  if (!group.ParseFromString(serialized))
    return InvalidArgument("placeholder_group is not a PlaceholderGroup message");
  if (group.placeholders_size() != 1) {
    return InvalidArgument(fmt::format("placeholder_group holds {} placeholders, 1 expected",
                                       group.placeholders_size()));
  }
  auto& values = *group.mutable_placeholders(0);
  const auto type = DataTypeFromNumber(values.type());
  if (!type || !IsVector(*type)) {
    return InvalidArgument(fmt::format("search vectors are of type {}, a vector type is expected",
                                       pb::common::PlaceholderType_Name(values.type())));
  }
  if (nq > 0 && nq != values.values_size()) {
    return InvalidArgument(
        fmt::format("nq [{}] is invalid: {} query vectors found", nq, values.values_size()));
  }
  QueryVectors out{.type = *type, .vectors = {}};
  for (std::string& value : *values.mutable_values()) out.vectors.push_back(std::move(value));
  return out;
}

std::string WriteQueryVector(DataType type, std::string_view bytes) {
  pb::common::PlaceholderGroup group;
  AddPlaceholder(type, group).add_values(bytes.data(), bytes.size());
  return group.SerializeAsString();
}

std::string WriteQueryVectors(const Column& vectors) {
  pb::common::PlaceholderGroup group;
  auto& values = AddPlaceholder(vectors.type(), group);
  for (size_t row = 0; row < vectors.num_rows(); ++row) {
    const std::string_view bytes = vectors.VectorBytesAt(row);
    values.add_values(bytes.data(), bytes.size());
  }
  return group.SerializeAsString();
}

}  // namespace vecgate::milvus_wire

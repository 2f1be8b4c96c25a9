#include "api/milvus_grpc/convert_rows.h"

#include <fmt/format.h>

namespace vecgate::milvus_grpc {
namespace {

Result<filter::TemplateValue> ParseTemplate(const std::string& name,
                                            const pb::schema::TemplateValue& in);

Result<filter::TemplateValue> ParseTemplateList(const std::string& name,
                                                const pb::schema::TemplateArrayValue& in) {
  filter::Literal::List list;
  const auto add = [&](const auto& items, auto cast) {
    for (const auto& item : items) list.push_back(filter::Literal{cast(item)});
  };
  using List = pb::schema::TemplateArrayValue;
  switch (in.data_case()) {
    case List::kBoolData: add(in.bool_data().data(), [](bool v) { return v; }); break;
    case List::kLongData: add(in.long_data().data(), [](int64_t v) { return v; }); break;
    case List::kDoubleData: add(in.double_data().data(), [](double v) { return v; }); break;
    case List::kStringData:
      add(in.string_data().data(), [](const std::string& v) { return v; });
      break;
    case List::kArrayData:
      for (const auto& item : in.array_data().data()) {
        VG_ASSIGN_OR_RETURN(filter::TemplateValue value, ParseTemplateList(name, item));
        list.push_back(std::move(value));
      }
      break;
    case List::DATA_NOT_SET: break;
    default:
      return InvalidArgument(fmt::format("template parameter {} is a list of an unsupported type: "
                                         "Bool, Int64, Double, VarChar and lists are",
                                         name),
                             Subject::kExpression);
  }
  return filter::TemplateValue{std::move(list)};
}

Result<filter::TemplateValue> ParseTemplate(const std::string& name,
                                            const pb::schema::TemplateValue& in) {
  using V = pb::schema::TemplateValue;
  switch (in.val_case()) {
    case V::kBoolVal: return filter::TemplateValue{in.bool_val()};
    case V::kInt64Val: return filter::TemplateValue{int64_t{in.int64_val()}};
    case V::kFloatVal: return filter::TemplateValue{in.float_val()};
    case V::kStringVal: return filter::TemplateValue{in.string_val()};
    case V::kArrayVal: return ParseTemplateList(name, in.array_val());
    default:
      return InvalidArgument(fmt::format("template parameter {} has no supported value: Bool, "
                                         "Int64, Double, VarChar and lists are",
                                         name),
                             Subject::kExpression);
  }
}

}  // namespace

Result<gateway::PartialBatch> ParseRows(const CollectionSchema& schema,
                                        const milvus_wire::FieldsData& fields, size_t num_rows) {
  gateway::PartialBatch batch;
  batch.num_rows = num_rows;
  batch.columns.resize(schema.fields.size());
  for (const pb::schema::FieldData& in : fields) {
    const auto index =
        in.is_dynamic() ? schema.DynamicFieldIndex() : schema.FindField(in.field_name());
    if (!index) {
      return InvalidArgument(
          fmt::format(
              "field {} of the request does not exist in collection {}: it has no such field and "
              "no dynamic field",
              in.field_name(), schema.name),
          Subject::kField);
    }
    if (batch.columns[*index]) {
      return InvalidArgument(fmt::format("duplicated field {} in the request", in.field_name()),
                             Subject::kField);
    }
    VG_ASSIGN_OR_RETURN(Column column,
                        milvus_wire::ParseColumn(schema.fields[*index], in, num_rows));
    if (column.num_rows() != num_rows) {
      return InvalidArgument(
          fmt::format("the num_rows ({}) of field ({}) is not equal to passed num_rows ({})",
                      column.num_rows(), in.field_name(), num_rows),
          Subject::kField);
    }
    batch.columns[*index] = std::move(column);
  }
  return batch;
}

Result<filter::TemplateValues> ParseTemplates(
    const google::protobuf::Map<std::string, pb::schema::TemplateValue>& values) {
  filter::TemplateValues out;
  for (const auto& [name, value] : values) {
    VG_ASSIGN_OR_RETURN(out[name], ParseTemplate(name, value));
  }
  return out;
}

}  // namespace vecgate::milvus_grpc

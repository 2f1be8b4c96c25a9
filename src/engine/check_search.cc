#include "engine/check_search.h"

#include <string>

namespace vecgate {
namespace {

Error BadField(std::string message) { return InvalidArgument(std::move(message), Subject::kField); }

std::string NoSuchField(const CollectionSchema& schema, size_t field) {
  return "field number " + std::to_string(field) + " of collection " + schema.name + " is none";
}

}  // namespace

Status CheckSearch(const CollectionSchema& schema, const SearchRequest& request) {
  const auto& fields = schema.fields;
  if (request.field >= fields.size() || !IsVector(fields[request.field].type)) {
    return BadField("search needs a vector field; " + NoSuchField(schema, request.field));
  }
  const FieldSchema& field = fields[request.field];
  VG_RETURN_IF_ERROR(CheckMetric(field, request.metric));
  const Column& queries = request.queries;
  if (queries.type() != field.type) {
    return BadField("vector type must be the same: field " + field.name + " is of type " +
                    std::string(DataTypeName(field.type)) + ", the queries are of type " +
                    std::string(DataTypeName(queries.type())));
  }
  if (queries.dim() != field.dim) {
    return BadField("vector dimension mismatch: field " + field.name + " has " +
                    std::to_string(field.dim) + " dimensions, the queries have " +
                    std::to_string(queries.dim()));
  }
  if (queries.num_rows() == 0) return BadField("a search needs a query vector, none is given");
  if (!request.group_by.has_value()) return Ok();
  const size_t group = request.group_by->field;
  if (group >= fields.size() || IsVector(fields[group].type)) {
    return BadField("hits can be grouped by a scalar field only; " + NoSuchField(schema, group));
  }
  return Ok();
}

}  // namespace vecgate

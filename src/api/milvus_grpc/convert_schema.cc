#include "api/milvus_grpc/convert_schema.h"

namespace vecgate::milvus_grpc {

void WriteSchema(const gateway::CollectionInfo& info, pb::schema::CollectionSchema& out) {
  out.set_name(info.name);
  out.set_description(info.schema.description);
  out.set_enable_dynamic_field(info.schema.enable_dynamic_field);
  out.set_autoid(info.schema.PrimaryKeyField().auto_id);
  FromMap(info.properties, *out.mutable_properties());
  for (const FieldSchema& field : info.schema.fields) {
    if (!field.is_dynamic) milvus_wire::WriteField(field, *out.add_fields());
  }
}

}  // namespace vecgate::milvus_grpc

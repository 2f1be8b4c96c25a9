#include "model/collection_templates.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace vecgate {
namespace {

constexpr uint32_t kMiniLmDimensions = 384;
constexpr uint32_t kIdLength = 128;
constexpr uint32_t kNameLength = 1024;

FieldSchema Field(const char* name, DataType type) {
  FieldSchema out;
  out.name = name;
  out.type = type;
  return out;
}

FieldSchema Text(const char* name, uint32_t max_length) {
  FieldSchema out = Field(name, DataType::kVarChar);
  out.max_length = max_length;
  return out;
}

FieldSchema Vector(const char* name, uint32_t dim) {
  FieldSchema out = Field(name, DataType::kFloatVector);
  out.dim = dim;
  return out;
}

CollectionTemplate KnowledgeChunks(uint32_t dim) {
  CollectionTemplate out;
  out.schema.fields = {Field("chunk_id", DataType::kInt64), Field("tenant_id", DataType::kInt64),
                       Field("project_id", DataType::kInt64), Vector("embedding", dim)};
  out.schema.fields[0].is_primary_key = true;
  out.indexes = {{"embedding", IndexType::kIvfFlat, Metric::kCosine, {}}};
  out.partition_by = {"tenant_id", "project_id"};
  return out;
}

/// What ingestion makes and reads (chunks/gateway_chunk_index.cc): a test there compares the two.
CollectionTemplate DocumentChunks(uint32_t dim) {
  CollectionTemplate out;
  out.schema.fields = {Text("chunk_id", kIdLength),
                       Text("ingestion_id", kIdLength),
                       Text("document_id", kIdLength),
                       Text("document", kNameLength),
                       Text("chunk_strategy", kIdLength),
                       Text("chunk_text", kMaxVarCharLength),
                       Field("chunk_index", DataType::kInt64),
                       Field("page", DataType::kInt64),
                       Field("byte_begin", DataType::kInt64),
                       Field("byte_end", DataType::kInt64),
                       Field("source_metadata", DataType::kJson),
                       Vector("embedding", dim)};
  out.schema.fields[0].is_primary_key = true;
  out.indexes = {{"embedding", IndexType::kAuto, Metric::kCosine, {}}};
  return out;
}

struct Named {
  std::string_view name;
  CollectionTemplate (*make)(uint32_t dim);
};

constexpr Named kTemplates[] = {{"knowledge_chunks", KnowledgeChunks},
                                {"document_chunks_minilm", DocumentChunks}};

}  // namespace

std::vector<std::string> CollectionTemplateNames() {
  std::vector<std::string> out;
  for (const Named& named : kTemplates) out.emplace_back(named.name);
  return out;
}

Result<CollectionTemplate> FindCollectionTemplate(std::string_view name, uint32_t dim) {
  const auto* const found = std::find_if(std::begin(kTemplates), std::end(kTemplates),
                                         [&](const Named& named) { return named.name == name; });
  if (found == std::end(kTemplates)) {
    return NotFound(fmt::format("there is no collection template '{}'; there are: {}", name,
                                fmt::join(CollectionTemplateNames(), ", ")),
                    Subject::kCollection);
  }
  CollectionTemplate out = found->make(dim == 0 ? kMiniLmDimensions : dim);
  out.schema.name = name;
  CollectionSchema finished = out.schema;
  VG_RETURN_IF_ERROR(FinishSchema(finished));
  return out;
}

std::string PartitionNameFor(const CollectionTemplate& of, const std::vector<int64_t>& values) {
  VG_CHECK(values.size() == of.partition_by.size());
  std::string out;
  for (size_t i = 0; i < values.size(); ++i) {
    // Names have no sign in them.
    std::string number = std::to_string(values[i]);
    std::replace(number.begin(), number.end(), '-', 'm');
    out += fmt::format("{}{}_{}", out.empty() ? "" : "_", of.partition_by[i], number);
  }
  return out;
}

}  // namespace vecgate

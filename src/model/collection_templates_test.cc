#include "model/collection_templates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vecgate {
namespace {

using ::testing::HasSubstr;

TEST(CollectionTemplatesTest, KnowledgeChunksIsPartitionedByTenantAndProject) {
  const auto found = FindCollectionTemplate("knowledge_chunks", 768);
  ASSERT_TRUE(found.ok()) << found.error().message;
  const CollectionSchema& schema = found->schema;
  EXPECT_EQ(schema.name, "knowledge_chunks");
  EXPECT_EQ(schema.PrimaryKeyField().name, "chunk_id");
  for (const char* name : {"chunk_id", "tenant_id", "project_id"}) {
    ASSERT_TRUE(schema.FindField(name).has_value()) << name;
    EXPECT_EQ(schema.fields[*schema.FindField(name)].type, DataType::kInt64) << name;
  }
  EXPECT_EQ(schema.fields[*schema.FindField("embedding")].dim, 768U);
  ASSERT_EQ(found->indexes.size(), 1U);
  EXPECT_EQ(found->indexes[0].type, IndexType::kIvfFlat);
  const std::string partition = PartitionNameFor(*found, {7, -2});
  EXPECT_EQ(partition, "tenant_id_7_project_id_m2");
  EXPECT_TRUE(ValidateName("partition", partition, Subject::kPartition).ok());
}

TEST(CollectionTemplatesTest, DocumentChunksHasTheDimensionsOfMiniLm) {
  const auto found = FindCollectionTemplate("document_chunks_minilm");
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->schema.fields[*found->schema.FindField("embedding")].dim, 384U);
  EXPECT_EQ(found->indexes[0].metric, Metric::kCosine);
  EXPECT_TRUE(found->partition_by.empty());
}

TEST(CollectionTemplatesTest, EachIndexIsOnAFieldOfItsSchema) {
  for (const std::string& name : CollectionTemplateNames()) {
    const auto found = FindCollectionTemplate(name);
    ASSERT_TRUE(found.ok()) << name;
    for (const TemplateIndex& index : found->indexes) {
      const auto field = found->schema.FindField(index.field);
      ASSERT_TRUE(field.has_value()) << name << " " << index.field;
      EXPECT_TRUE(CheckMetric(found->schema.fields[*field], index.metric).ok());
    }
  }
}

TEST(CollectionTemplatesTest, RefusalsNameWhatThereIs) {
  const auto unknown = FindCollectionTemplate("chunks");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, Code::kNotFound);
  EXPECT_THAT(unknown.error().message, HasSubstr("knowledge_chunks, document_chunks_minilm"));
  const auto too_wide = FindCollectionTemplate("knowledge_chunks", kMaxDimension + 1);
  ASSERT_FALSE(too_wide.ok());
  EXPECT_EQ(too_wide.error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace vecgate

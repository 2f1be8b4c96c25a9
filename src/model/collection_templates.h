// Collection templates: schemas and indexes that users ask for by name, ready to be created on any
// engine.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/schema.h"

namespace vecgate {

struct TemplateIndex {
  std::string field;
  IndexType type = IndexType::kAuto;
  Metric metric = Metric::kCosine;
  std::map<std::string, std::string> params;
};

struct CollectionTemplate {
  CollectionSchema schema;  ///< As a client declares it: sound, and not finished.
  std::vector<TemplateIndex> indexes;
  /// Fields whose values together tell the partition of a row (PartitionNameFor); empty: none.
  std::vector<std::string> partition_by;
};

/// "knowledge_chunks": chunk_id, tenant_id, project_id (Int64) and embedding, with IVF_FLAT, rows
/// of a tenant's project in a partition of their own. "document_chunks_minilm": the chunks
/// of documents as ingestion keeps them, with MiniLM's vectors. `dim` is that of the vectors; 0:
/// the template's own. kNotFound names the templates that there are, kInvalidArgument what is wrong
/// with `dim`.
Result<CollectionTemplate> FindCollectionTemplate(std::string_view name, uint32_t dim = 0);

std::vector<std::string> CollectionTemplateNames();

/// The partition of rows with these values of `partition_by`: "tenant_id_7_project_id_m2" for 7 and
/// -2. REQUIRES: a value for each.
std::string PartitionNameFor(const CollectionTemplate& of, const std::vector<int64_t>& values);

}  // namespace vecgate

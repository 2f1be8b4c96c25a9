// How collections, rows and the change log lie in the key-value store; docs/formats/rows.md.
//
//   C <id>              → schema and indexes of a collection
//   Q <id>              → its last sequence
//   R <id> <key>        → sequence, partition, every field of the row
//   L <id> <sequence>   → the primary keys that this write touched
//
// Numbers in keys are big-endian and an INT64 key has its sign bit flipped, so that the order of
// bytes is the order of keys. Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/requests.h"

namespace vecgate::embedded {

std::string CatalogKey(CollectionId id);
std::string SequenceKey(CollectionId id);
std::string RowKey(CollectionId id, const PrimaryKey& key);
std::string LogKey(CollectionId id, uint64_t sequence);

/// Everything that begins with these belongs to: all catalogs, the rows, the log of a collection.
std::string CatalogPrefix();
std::string RowPrefix(CollectionId id);
std::string LogPrefix(CollectionId id);

/// What the catalog keeps of a collection.
struct CatalogEntry {
  CollectionSpec spec;
  std::vector<IndexSpec> indexes;
};
std::string EncodeCatalog(const CatalogEntry& entry);
/// kDataLoss when the bytes are not what EncodeCatalog wrote.
Result<CatalogEntry> DecodeCatalog(std::string_view value);

std::string EncodeSequence(uint64_t sequence);
Result<uint64_t> DecodeSequence(std::string_view value);

/// A row's value with sequence 0; StampSequence sets the real one when it is known.
std::string EncodeRow(const RowBatch& batch, size_t row);
void StampSequence(std::string& value, uint64_t sequence);
/// Appends the row to the batch (and to its row_partitions). kDataLoss, and the batch is then of no
/// use any more, when the bytes do not fit the schema of the batch.
Status DecodeRow(std::string_view value, RowBatch& batch);

/// The log's list of keys, and back.
std::string EncodeKeys(const std::vector<PrimaryKey>& keys);
Result<std::vector<PrimaryKey>> DecodeKeys(std::string_view value);

}  // namespace vecgate::embedded

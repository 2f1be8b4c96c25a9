// Pages: rows of a collection in order of key, a call each, and the filter's own word on them.
//
// Thread safety: functions of their arguments.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engines/milvus/catalog.h"
#include "engines/milvus/server.h"
#include "milvus_wire/rows.h"

namespace vecgate::milvus_engine {

/// Keys that one expression names.
inline constexpr size_t kKeysAtOnce = 4096;

/// What reads of one collection have in common.
struct ReadScope {
  const OpContext& context;
  Server& server;
  Collection& collection;
  Freshness freshness;

  [[nodiscard]] const Layout& layout() const { return collection.layout; }
  /// After the first call of a read has waited for all writes, the others need not.
  void Settle() { freshness = {.kind = Freshness::Kind::kWhatIsThere}; }
};

/// Rows of an answer: their keys, and the fields that were asked for.
struct Rows {
  Column keys;
  std::map<size_t, Column> fields;

  [[nodiscard]] size_t size() const { return keys.num_rows(); }
};

/// The fields of an answer as rows, whose number the keys tell.
Result<std::map<size_t, Column>> ReadFields(const Layout& layout, std::span<const size_t> fields,
                                            const milvus_wire::FieldsData& in, size_t num_rows);

/// The first `limit` rows of the expression by key, after `offset` of them. REQUIRES: offset and
/// limit within kMaxWindow.
Result<Rows> FetchRows(ReadScope& scope, const Expression& expression,
                       std::span<const size_t> fields, uint64_t limit, uint64_t offset = 0);

/// Rows with these fields that fit one answer.
uint64_t RowsAtOnce(const Layout& layout, std::span<const size_t> fields);

/// Positions of the rows that match; all of them without a filter. REQUIRES: its fields are there.
std::vector<uint32_t> MatchingRows(const Layout& layout, const filter::Filter* filter,
                                   const Rows& rows);

/// Adds those that are not there yet.
void AddFields(std::span<const size_t> more, std::vector<size_t>& fields);

/// Sorted, each once.
std::vector<PrimaryKey> Distinct(std::vector<PrimaryKey> keys);

}  // namespace vecgate::milvus_engine

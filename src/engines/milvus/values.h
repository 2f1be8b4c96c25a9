// Rows between the contract and the fields that Milvus holds.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engines/milvus/layout.h"
#include "milvus_wire/rows.h"
#include "model/row_batch.h"

namespace vecgate::milvus_engine {

/// The rows `rows` of the batch as fields of Milvus.
void WriteRows(const Layout& layout, const RowBatch& batch, std::span<const uint32_t> rows,
               milvus_wire::FieldsData& out);

/// About the bytes of these rows on their way.
size_t SizeOf(const RowBatch& batch, std::span<const uint32_t> rows);

/// Adds the fields of Milvus that make up field `i` to those that an answer should hold.
void AddOutputs(const Layout& layout, size_t i, std::vector<std::string>& out);

/// Field `i` of an answer of `num_rows` rows. kInternal when the server left it out.
Result<Column> ReadField(const Layout& layout, size_t i, const milvus_wire::FieldsData& in,
                         size_t num_rows);

/// A query vector as Milvus' field is asked. REQUIRES: of the field's type.
Column StoredVectors(const Layout& layout, const Column& vectors);

}  // namespace vecgate::milvus_engine

// Values in PostgreSQL's binary format: numbers big-endian, texts as they are, arrays and vectors
// with their headers (src/backend/utils/adt/*.c, function *_send; pgvector's vector_send). The
// same bytes serve as parameters and within COPY's rows.
//
// Thread safety: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engines/postgres/statement.h"
#include "model/row_batch.h"
#include "model/schema.h"

namespace vecgate::postgres {

void AppendBigEndian(std::string& out, uint64_t value, size_t bytes);

/// The value of one row. REQUIRES: it is not null.
void AppendValue(const FieldSchema& field, const Column& column, size_t row, std::string& out);
/// A vector, as its field's column holds it.
Parameter VectorParameter(const FieldSchema& field, const Column& vectors, size_t row);
/// The keys as an array, bigint[] or text[].
Parameter KeysParameter(const FieldSchema& key, std::span<const PrimaryKey> keys);
/// Integers as bigint[].
Parameter IntegersParameter(std::span<const int64_t> values);
Parameter TextParameter(std::string text);
Parameter IntParameter(int64_t value);

/// Adds what stands at (row, column) of `rows`, of the field's type, to `out`. kDataLoss when it is
/// not what such a column holds. A vector that is null, which an attached table may have, is read
/// as zeros.
Status ReadValue(const FieldSchema& field, const Rows& rows, size_t row, size_t column,
                 Column& out);

/// kInvalidArgument names the field and the row of a text that PostgreSQL cannot hold: one with a
/// NUL character, or a JSON document with \u0000 in it.
Status CheckStorable(const CollectionSchema& schema, const RowBatch& batch);

}  // namespace vecgate::postgres

// How the vectors of a field lie in its arena, and back: numbers of every type as float32, which
// they are exactly, and bits as they are.
//
// Thread safety: functions of their arguments.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "index/vector_arena.h"
#include "model/column.h"
#include "model/schema.h"

namespace vecgate::embedded {

/// Words of a row in the arena of a vector field, and what they are.
size_t WordsPerRow(const FieldSchema& field);
index::Words WordsOf(const FieldSchema& field);

/// Row `row` of a vector column as an arena holds it: a view of the column's own, or of `scratch`.
std::span<const float> ToStored(const Column& vectors, size_t row, std::vector<float>& scratch);
/// Adds a row of an arena to a column of the same field.
void AppendStored(const float* stored, Column& vectors);

}  // namespace vecgate::embedded

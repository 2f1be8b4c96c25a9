// A filter as a condition in Milvus' expression language.
//
// The condition is true for every row that the filter matches. Where Milvus has no form that agrees
// with the filter in every case (missing JSON keys, arithmetic, `like` but by prefix, elements of
// arrays), it is true for more rows, `is_exact` is false, and the engine asks the filter itself
// about them.
//
// Thread safety: pure functions.
#pragma once

#include "engines/milvus/expression.h"
#include "engines/milvus/layout.h"
#include "filter/filter.h"

namespace vecgate::milvus_engine {

struct Condition {
  Expression expression = Expression::All();
  bool is_exact = true;
};

Condition ToCondition(const filter::Filter& filter, const Layout& layout);

/// Of a selection: its partitions and its filter.
Condition ToCondition(const RowSelection& selection, const Layout& layout);

}  // namespace vecgate::milvus_engine

// A filter as an SQL condition with parameters.
//
// The condition is true for every row that the filter matches. Where SQL has no form that agrees
// with the filter in every case (arithmetic that overflows, a bigint beside a double precision), it
// is true for more rows, `is_exact` is false, and the engine asks the filter itself about them.
//
// Nothing of the filter's text gets into the SQL: names come from the layout, values and JSON keys
// are parameters, and what remains are numbers of array positions.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "engines/postgres/layout.h"
#include "engines/postgres/statement.h"
#include "filter/filter.h"

namespace vecgate::postgres {

/// Conditions and parameters, as they come together to a statement.
class SqlBuilder {
 public:
  /// Adds a value and gives its place, "$7".
  std::string Add(Parameter parameter);
  [[nodiscard]] const std::vector<Parameter>& parameters() const { return parameters_; }
  /// Forgets those after the first `count`: a parameter that no text uses has no type, and the
  /// server refuses the statement.
  void KeepFirst(size_t count) { parameters_.resize(count); }
  std::vector<Parameter> TakeParameters() { return std::move(parameters_); }

 private:
  std::vector<Parameter> parameters_;
};

struct SqlCondition {
  std::string sql;
  bool is_exact = true;
};

SqlCondition ToSql(const filter::Filter& filter, const Layout& layout, SqlBuilder& builder);

}  // namespace vecgate::postgres

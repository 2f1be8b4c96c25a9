// Names in expressions: which field, array element or JSON place they mean.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "filter/typed_tree.h"

namespace vecgate::filter {

/// A field of the schema, or a dynamic key. kInvalidArgument when there is neither, when a vector
/// is named, or when a subscript does not fit the field.
Result<ColumnRef> ResolveColumn(const CollectionSchema& schema, std::string_view name,
                                const std::vector<PathStep>& path);

/// The type that a comparison with this column sees: of the element, for ARRAY with a position.
DataType ValueTypeOf(const ColumnRef& column);
ScalarType ScalarTypeOf(const ColumnRef& column);

}  // namespace vecgate::filter

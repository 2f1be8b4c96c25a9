// What every engine refuses of a search, in the same words.
#pragma once

#include "base/result.h"
#include "engine/requests.h"

namespace vecgate {

/// The field is a vector field, the metric is one of its type, the queries are of its type and
/// dimension, and groups are by a scalar field. kInvalidArgument names the field, what was found
/// and what is wanted.
Status CheckSearch(const CollectionSchema& schema, const SearchRequest& request);

}  // namespace vecgate

// The catalog's errors in the texts that Milvus' clients and their tests read.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "base/error.h"

namespace vecgate::gateway {

inline Error DatabaseNotFound(std::string_view database) {
  return NotFound(fmt::format("database not found[database={}]", database), Subject::kDatabase);
}
inline Error CollectionNotFound(std::string_view database, std::string_view name) {
  return NotFound(fmt::format("collection not found[database={}][collection={}]", database, name),
                  Subject::kCollection);
}
inline Error PartitionNotFound(std::string_view partition) {
  return NotFound(fmt::format("partition not found[partition={}]", partition), Subject::kPartition);
}
inline Error AliasNotFound(std::string_view database, std::string_view alias) {
  return NotFound(fmt::format("alias not found[database={}][alias={}]", database, alias),
                  Subject::kAlias);
}
inline Error IndexNotFound(std::string_view collection) {
  return NotFound(fmt::format("index not found[collection={}]", collection), Subject::kIndex);
}

}  // namespace vecgate::gateway

#include "model/index_rules.h"

#include <algorithm>

namespace vecgate {
namespace {

struct Rule {
  std::vector<DataType> types;  ///< Of the field, or of the elements of an ARRAY.
  bool arrays = false;
  bool primary_key = true;
};

/// Null for the index types of vector fields.
const Rule* RuleOf(IndexType type) {
  using enum DataType;
  static const Rule inverted{{kBool, kInt8, kInt16, kInt32, kInt64, kFloat, kDouble, kVarChar},
                             true};
  static const Rule bitmap{{kBool, kInt8, kInt16, kInt32, kInt64, kVarChar}, true, false};
  static const Rule sorted{{kInt8, kInt16, kInt32, kInt64, kFloat, kDouble}};
  static const Rule trie{{kVarChar}};
  switch (type) {
    case IndexType::kAuto:
    case IndexType::kInverted: return &inverted;
    case IndexType::kBitmap: return &bitmap;
    case IndexType::kStlSort: return &sorted;
    case IndexType::kTrie: return &trie;
    default: return nullptr;
  }
}

std::string NamesOf(const Rule& rule) {
  std::string names;
  for (const DataType type : rule.types) {
    if (!names.empty()) names += type == rule.types.back() ? " and " : ", ";
    names += DataTypeName(type);
  }
  if (rule.arrays) names += ", and arrays of these";
  if (!rule.primary_key) names += ", but not the primary key";
  return names;
}

}  // namespace

const std::vector<IndexType>& ScalarIndexTypes() {
  static const std::vector<IndexType> types = {IndexType::kAuto, IndexType::kInverted,
                                               IndexType::kBitmap, IndexType::kStlSort,
                                               IndexType::kTrie};
  return types;
}

Status CheckScalarIndex(IndexType type, const FieldSchema& field) {
  const Rule* rule = RuleOf(type);
  if (rule == nullptr) {
    std::string names;
    for (const IndexType known : ScalarIndexTypes()) {
      names += (names.empty() ? "" : ", ") + std::string(IndexTypeName(known));
    }
    return Unimplemented("index type " + std::string(IndexTypeName(type)) +
                             " is not for scalar fields, such as " + field.name + " (" +
                             std::string(DataTypeName(field.type)) + "); those take " + names,
                         Subject::kIndex);
  }
  const bool array = field.type == DataType::kArray;
  const DataType found = array ? field.element_type : field.type;
  const bool takes =
      std::find(rule->types.begin(), rule->types.end(), found) != rule->types.end() &&
      (rule->arrays || !array) && (rule->primary_key || !field.is_primary_key);
  if (takes) return Ok();
  const std::string shown = (array ? "Array of " : "") + std::string(DataTypeName(found)) +
                            (field.is_primary_key ? ", the primary key" : "");
  return InvalidArgument("index type " + std::string(IndexTypeName(type)) +
                             " cannot be built on field " + field.name + " (" + shown +
                             "): it takes " + NamesOf(*rule),
                         Subject::kIndex);
}

}  // namespace vecgate

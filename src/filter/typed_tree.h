// The typed tree: an expression whose names, types and constants are settled.
//
// What visitors walk: the evaluator here, and lowerings to other query languages. Every leaf is
// three-valued: unknown when what it reads is null or missing.
//
// Thread safety: immutable once built.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>
#include <vector>

#include "filter/ast.h"
#include "filter/literal.h"
#include "filter/pattern.h"
#include "model/schema.h"
#include "model/types.h"

namespace vecgate::filter {

/// What is read from a row: a field, one element of an ARRAY field (path: its position), or a
/// place in a JSON document (path: keys and positions). A name that the schema lacks reads
/// `$meta`, with the name as first step.
struct ColumnRef {
  size_t field = 0;  ///< Position in the schema.
  DataType type = DataType::kNone;
  DataType element_type = DataType::kNone;
  std::vector<PathStep> path;
};

/// What a scalar expression yields. kJson: whatever the document holds, known only row by row.
enum class ScalarType : uint8_t { kBool, kInt, kDouble, kString, kArray, kJson };

struct Scalar;

/// int ∘ int is int (overflow and division by zero are unknown); with a double or JSON number,
/// double. op is one of + - * / %; % takes integers alone.
struct Arithmetic {
  Operator op = Operator::kAdd;
  std::unique_ptr<Scalar> left;
  std::unique_ptr<Scalar> right;
};

/// The number of elements of an ARRAY field or a JSON array; unknown for what is no array.
struct ArrayLengthOf {
  ColumnRef array;
};

struct Scalar {
  ScalarType type = ScalarType::kInt;
  std::variant<Literal, ColumnRef, ArrayLengthOf, Arithmetic> value;
};

/// Hashes texts so that a set of strings can be asked about a string_view.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// The items of an `in` list, each once, by type. Numbers are exact: a whole double that fits
/// int64 stands in `integers`. A FLOAT column's list is rounded to float, as its values are.
struct ItemSet {
  std::unordered_set<int64_t> integers;
  std::unordered_set<double> doubles;
  std::unordered_set<std::string, TextHash, std::equal_to<>> strings;
  bool has_true = false;
  bool has_false = false;
  std::vector<Literal> lists;  ///< For JSON alone.
};

struct Node;

struct ConstantNode {
  bool value = false;
};
struct AndNode {
  std::vector<Node> children;
};
struct OrNode {
  std::vector<Node> children;
};
struct NotNode {
  std::unique_ptr<Node> child;
};
/// A literal always stands right. Values of different kinds (JSON) are unequal and not ordered.
struct CompareNode {
  Operator op = Operator::kEqual;
  Scalar left;
  Scalar right;
};
struct InNode {
  ColumnRef column;
  ItemSet items;
};
/// False for JSON values that are not strings.
struct LikeNode {
  ColumnRef column;
  LikePattern pattern;
};
/// Never unknown. For JSON places also true when the key is missing or holds null.
struct IsNullNode {
  ColumnRef column;
};
/// Never unknown: the JSON place holds something other than null.
struct ExistsNode {
  ColumnRef column;
};
enum class ContainsKind : uint8_t { kOne, kAll, kAny };
/// The array (field, or JSON place; false for JSON values that are no arrays) holds these values.
struct ContainsNode {
  ColumnRef column;
  ContainsKind kind = ContainsKind::kOne;
  Literal::List values{};
};

struct Node {
  std::variant<ConstantNode, AndNode, OrNode, NotNode, CompareNode, InNode, LikeNode, IsNullNode,
               ExistsNode, ContainsNode>
      value;
};

/// A compiled expression. Made by Compile (filter/filter.h) alone.
class Filter {
 public:
  Filter(std::string text, Node root, const CollectionSchema& schema);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const Node& root() const { return root_; }
  /// Positions of the fields that are read, ascending.
  [[nodiscard]] const std::vector<size_t>& fields() const { return fields_; }
  /// Position of the primary key in the schema.
  [[nodiscard]] size_t primary_key() const { return primary_key_; }

 private:
  std::string text_;
  Node root_;
  std::vector<size_t> fields_;
  size_t primary_key_ = 0;
};

}  // namespace vecgate::filter

// Text of Milvus' expression language, put together so that nothing in it can be taken for more
// than it is: names are a schema's, values are written as literals.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "filter/ast.h"
#include "model/types.h"

namespace vecgate::milvus_engine {

/// A condition: of all rows, of none, or a text.
class Expression {
 public:
  static Expression All() { return Expression(Kind::kAll, ""); }
  static Expression None() { return Expression(Kind::kNone, ""); }
  static Expression Constant(bool value) { return value ? All() : None(); }
  static Expression Text(std::string text) { return Expression(Kind::kText, std::move(text)); }

  [[nodiscard]] bool is_all() const { return kind_ == Kind::kAll; }
  [[nodiscard]] bool is_none() const { return kind_ == Kind::kNone; }
  /// What a request carries; empty for all. REQUIRES: not none.
  [[nodiscard]] const std::string& text() const { return text_; }

  friend Expression operator&&(const Expression& a, const Expression& b);
  friend Expression operator||(const Expression& a, const Expression& b);
  /// Of two-valued conditions.
  friend Expression operator!(const Expression& a);

 private:
  enum class Kind { kAll, kNone, kText };
  Expression(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}

  Kind kind_;
  std::string text_;
};

/// A quoted literal; nothing for what is not UTF-8, which no text in Milvus is.
std::optional<std::string> TextLiteral(std::string_view text);
/// A literal that reads back as this number. REQUIRES: finite.
std::string RealLiteral(double value);

/// `name op value`. The least int64 has no literal, so it is compared by its neighbour.
Expression CompareInt(const std::string& name, filter::Operator op, int64_t value);
/// The name is one of these.
Expression IntIn(const std::string& name, std::span<const int64_t> values);
/// Texts that are not UTF-8 are left out.
Expression TextIn(const std::string& name, std::span<const std::string> values);

Expression KeysIn(const std::string& name, std::span<const PrimaryKey> keys);
Expression KeyAfter(const std::string& name, const PrimaryKey& key);

}  // namespace vecgate::milvus_engine

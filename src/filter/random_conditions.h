// Random conditions over random rows of TestRows' schema, with an evaluator that shares nothing
// with the parser, the typer or the evaluators under test: each condition is made as text and as a
// function on the test's own rows, side by side.
//
// For tests alone. Thread safety: as any value.
#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "model/row_batch.h"

namespace vecgate::filter::random {

using Json = nlohmann::json;
/// A row as JSON values by field; null and absent are both unknown. "$meta" and "j" are objects.
using Row = std::map<std::string, Json>;
using Maybe = std::optional<bool>;

/// A condition: its text, how tightly it binds (for leaving parentheses away), and its truth.
struct Condition {
  std::string text;
  int binding;
  std::function<Maybe(const Row&)> truth;
};

/// A value: its text, and what it is in a row (Json null for unknown).
struct Operand {
  std::string text;
  std::function<Json(const Row&)> value;
};

inline Json Field(const Row& row, const std::string& name) {
  const auto found = row.find(name);
  return found == row.end() ? Json() : found->second;
}

inline Json Child(const Json& parent, const std::string& key) {
  return parent.is_object() && parent.contains(key) ? parent.at(key) : Json();
}

inline Json Element(const Json& parent, size_t at) {
  return parent.is_array() && at < parent.size() ? parent.at(at) : Json();
}

// x86's and AArch64's long double hold every int64 and every double, so this is exact.
inline long double Number(const Json& value) {
  return value.is_number_integer() ? static_cast<long double>(value.get<int64_t>())
                                   : static_cast<long double>(value.get<double>());
}

inline bool Same(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return Number(a) == Number(b);
  if (a.is_array() && b.is_array()) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
      if (!Same(a[i], b[i])) return false;
    }
    return true;
  }
  return a.type() == b.type() && a == b;
}

inline Maybe CompareJson(const Json& a, const std::string& op, const Json& b) {
  if (a.is_null() || b.is_null()) return std::nullopt;
  if (op == "==") return Same(a, b);
  if (op == "!=") return !Same(a, b);
  int order = 0;
  if (a.is_number() && b.is_number()) {
    order = Number(a) < Number(b) ? -1 : (Number(a) > Number(b) ? 1 : 0);
  } else if (a.is_string() && b.is_string()) {
    order = a.get<std::string>().compare(b.get<std::string>());
  } else {
    return false;
  }
  if (op == "<") return order < 0;
  if (op == "<=") return order <= 0;
  return op == ">" ? order > 0 : order >= 0;
}

inline std::u32string CodePoints(const std::string& text) {
  std::u32string out;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : (lead < 0xe0 ? 2 : (lead < 0xf0 ? 3 : 4));
    char32_t code = 0;
    for (size_t k = 0; k < length; ++k) code = code * 256 + static_cast<unsigned char>(text[i + k]);
    out += code;
    i += length;
  }
  return out;
}

inline bool Like(std::u32string_view text, std::u32string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == U'%') {
    for (size_t i = 0; i <= text.size(); ++i) {
      if (Like(text.substr(i), pattern.substr(1))) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  const bool same = pattern.front() == U'_' || pattern.front() == text.front();
  return same && Like(text.substr(1), pattern.substr(1));
}

class RandomConditions {
 public:
  explicit RandomConditions(uint64_t seed) : rng_(seed) {}

  Row MakeRow(int64_t id) {
    Row row;
    row["id"] = id;
    const auto maybe = [&](const char* name, Json value) {
      if (!rng_.Chance(0.2)) row[name] = std::move(value);
    };
    maybe("i8", rng_.Between(-4, 4));
    maybe("big", Big());
    maybe("f", static_cast<double>(static_cast<float>(Real())));
    maybe("d", Real());
    maybe("s", Text());
    maybe("s2", Text());
    maybe("b", rng_.Chance(0.5));
    maybe("j", Object());
    row["$meta"] = Object();
    maybe("ai", List([&] { return Json(rng_.Between(-3, 3)); }));
    maybe("as", List([&] { return Json(Text()); }));
    return row;
  }

  Condition Make(int depth) {
    if (depth > 0 && rng_.Chance(0.7)) {
      switch (rng_.Below(3)) {
        case 0: return Chain(depth, true);
        case 1: return Chain(depth, false);
        default: return Not(depth);
      }
    }
    switch (rng_.Below(11)) {
      case 0:
      case 1: return NumberCompare();
      case 2: return TextCompare();
      case 3: return JsonCompare();
      case 4: return In();
      case 5: return LikeLeaf();
      case 6: return IsNull();
      case 7: return Exists();
      case 8: return Contains();
      case 9: return RangeLeaf();
      default: return Flag();
    }
  }

 private:
  enum : int { kOr = 1, kAnd = 2, kLeaf = 3 };

  template <typename T>
  T Pick(std::initializer_list<T> items) {
    return items.begin()[rng_.Below(items.size())];
  }
  std::string Word(const char* lower, const char* upper, const char* sign) {
    return Pick<std::string>({lower, upper, sign});
  }
  std::string CompareOp() { return Pick<std::string>({"==", "!=", "<", "<=", ">", ">="}); }
  int64_t Big() {
    return Pick<int64_t>({INT64_MIN, INT64_MAX, 9007199254740993, 9007199254740992, -1, 0, 7});
  }
  double Real() { return Pick<double>({0.1, 0.5, -2.0, 3.0, 1e100, -0.25, 9007199254740992.0, 2}); }
  std::string Text() {
    return Pick<std::string>(
        {"", "a", "ab", "ba", "abc", "é", "né", "日本", "a%b", "x\"y", "it's", "a\\b"});
  }
  template <typename Make>
  Json List(Make&& make) {
    Json out = Json::array();
    for (uint64_t n = rng_.Below(4); n > 0; --n) out.push_back(make());
    return out;
  }
  Json AnyValue() {
    switch (rng_.Below(7)) {
      case 0: return rng_.Between(-3, 3);
      case 1: return Real();
      case 2: return Text();
      case 3: return rng_.Chance(0.5);
      case 4: return Json();
      case 5: return Big();
      default: return List([&] { return Scalar(); });
    }
  }
  Json Scalar() { return rng_.Chance(0.5) ? Json(rng_.Between(-3, 3)) : Json(Text()); }
  Json Object() {
    Json out = Json::object();
    for (const char* key : {"x", "y", "é"}) {
      if (rng_.Chance(0.7)) out[key] = AnyValue();
    }
    if (rng_.Chance(0.7)) out["l"] = List([&] { return Scalar(); });
    return out;
  }

  std::string Quote(const std::string& text) {
    const char quote = rng_.Chance(0.5) ? '"' : '\'';
    std::string out(1, quote);
    for (const char c : text) {
      if (c == quote || c == '\\') out += '\\';
      out += c;
    }
    return out + quote;
  }
  std::string Show(const Json& value) {
    if (value.is_string()) return Quote(value.get<std::string>());
    if (value.is_array()) {
      std::string out = "[";
      for (const Json& item : value) out += (out.size() > 1 ? ", " : "") + Show(item);
      return out + "]";
    }
    return value.dump();
  }

  Operand Column(const std::string& name) {
    return {name, [name](const Row& row) { return Field(row, name); }};
  }
  Operand JsonPlace() {
    const std::string key = Pick<std::string>({"x", "y", "é", "l", "gone"});
    std::string root = Pick<std::string>({"j", "$meta", ""});
    // A bare name is a key of $meta.
    Operand out{root.empty() ? key : root + "[" + Quote(key) + "]", {}};
    if (root.empty()) root = "$meta";
    out.value = [root, key](const Row& row) { return Child(Field(row, root), key); };
    return rng_.Chance(0.3) ? At(out) : out;
  }
  Operand At(const Operand& array) {
    const size_t at = rng_.Below(3);
    return {array.text + "[" + std::to_string(at) + "]",
            [array, at](const Row& row) { return Element(array.value(row), at); }};
  }
  Operand Constant(const Json& value) {
    return {Show(value), [value](const Row&) { return value; }};
  }

  Operand NumberColumn() {
    switch (rng_.Below(7)) {
      case 0: return Column("id");
      case 1: return Column("i8");
      case 2: return Column("big");
      case 3: return Column("f");
      case 4: return Column("d");
      case 5: return At(Column("ai"));
      default: {
        const bool stored = rng_.Chance(0.5);
        const Operand array = stored ? Column("ai") : JsonPlace();
        return {"array_length(" + array.text + ")", [array](const Row& row) {
                  const Json value = array.value(row);
                  return value.is_array() ? Json(static_cast<int64_t>(value.size())) : Json();
                }};
      }
    }
  }
  /// Small integers and halves alone, so that no arithmetic rounds or overflows but for "big".
  Operand Arithmetic() {
    const Operand left =
        Pick<Operand>({Column("id"), Column("i8"), Column("big"), At(Column("ai"))});
    const int64_t right = rng_.Between(1, 5);
    const std::string op = Pick<std::string>({"+", "-", "*", "/", "%"});
    const auto value = [left, right, op](const Row& row) -> Json {
      const Json number = left.value(row);
      if (number.is_null()) return {};
      const auto a = static_cast<__int128>(number.get<int64_t>());
      __int128 out = 0;
      if (op == "+") out = a + right;
      if (op == "-") out = a - right;
      if (op == "*") out = a * right;
      if (op == "/") out = a / right;
      if (op == "%") out = a % right;
      if (out > INT64_MAX || out < INT64_MIN) return {};
      return static_cast<int64_t>(out);
    };
    return {left.text + " " + op + " " + std::to_string(right), value};
  }

  Condition Compare(const Operand& a, const std::string& op, const Operand& b) {
    return {a.text + Pick<std::string>({" ", ""}) + op + " " + b.text, kLeaf,
            [a, op, b](const Row& row) { return CompareJson(a.value(row), op, b.value(row)); }};
  }

  Json NumberConstant() {
    return rng_.Chance(0.5) ? Json(rng_.Between(-4, 8))
                            : (rng_.Chance(0.5) ? Json(Big()) : Json(Real()));
  }
  /// Against FLAT columns a constant means its rounding to float.
  static Json ForColumn(const Operand& column, Json constant) {
    if (column.text != "f" || !constant.is_number_float()) return constant;
    const float rounded = static_cast<float>(constant.get<double>());
    return std::isfinite(rounded) ? Json(static_cast<double>(rounded)) : constant;
  }

  Condition NumberCompare() {
    const Operand left = rng_.Chance(0.3) ? Arithmetic() : NumberColumn();
    if (rng_.Chance(0.3)) return Compare(left, CompareOp(), NumberColumn());
    const Json constant = NumberConstant();
    Operand right = Constant(constant);
    const Json meant = ForColumn(left, constant);
    right.value = [meant](const Row&) { return meant; };
    return rng_.Chance(0.5) ? Compare(left, CompareOp(), right) : Compare(right, CompareOp(), left);
  }
  Condition TextCompare() {
    const Operand left = rng_.Chance(0.7) ? Column("s") : At(Column("as"));
    const Operand right = rng_.Chance(0.5) ? Constant(Text()) : Column("s2");
    return Compare(left, CompareOp(), right);
  }
  Condition JsonCompare() {
    const Operand place = JsonPlace();
    if (rng_.Chance(0.3)) {
      return Compare(place, Pick<std::string>({"==", "!="}),
                     Constant(rng_.Chance(0.5) ? Json(true) : List([&] { return Scalar(); })));
    }
    return Compare(place, CompareOp(),
                   Constant(rng_.Chance(0.5) ? NumberConstant() : Json(Text())));
  }

  Condition In() {
    Operand column = Column("id");
    Json list;
    switch (rng_.Below(4)) {
      case 0: list = List([&] { return Json(rng_.Between(0, 30)); }); break;
      case 1:
        column = Column("s");
        list = List([&] { return Json(Text()); });
        break;
      case 2:
        column = Column("d");
        list = List([&] { return Json(Real()); });
        break;
      default:
        column = JsonPlace();
        list = List([&] { return rng_.Chance(0.3) ? Json(Real()) : Scalar(); });
    }
    const bool negated = rng_.Chance(0.4);
    return {column.text + (negated ? " not in " : " in ") + Show(list), kLeaf,
            [column, list, negated](const Row& row) -> Maybe {
              const Json value = column.value(row);
              if (value.is_null()) return std::nullopt;
              bool found = false;
              for (const Json& item : list) found = found || Same(value, item);
              return found != negated;
            }};
  }

  Condition LikeLeaf() {
    const Operand column = Pick<Operand>({Column("s"), JsonPlace(), At(Column("as"))});
    const std::string pattern = Pick<std::string>(
        {"a%", "%b", "%a%", "_", "%", "", "a_", "%_b%", "n_", "__", "ab", "_é", "日%"});
    return {column.text + " like " + Quote(pattern), kLeaf,
            [column, pattern](const Row& row) -> Maybe {
              const Json value = column.value(row);
              if (value.is_null()) return std::nullopt;
              return value.is_string() &&
                     Like(CodePoints(value.get<std::string>()), CodePoints(pattern));
            }};
  }

  Condition IsNull() {
    const Operand column = rng_.Chance(0.3)
                               ? JsonPlace()
                               : Column(Pick<std::string>({"i8", "s", "b", "j", "ai", "f"}));
    const bool negated = rng_.Chance(0.5);
    return {column.text + (negated ? " is not null" : " is null"), kLeaf,
            [column, negated](const Row& row) -> Maybe {
              return column.value(row).is_null() != negated;
            }};
  }

  Condition Exists() {
    const Operand place = JsonPlace();
    return {"exists " + place.text, kLeaf,
            [place](const Row& row) -> Maybe { return !place.value(row).is_null(); }};
  }

  Condition Contains() {
    const bool stored = rng_.Chance(0.5);
    const Operand array = stored ? Column("ai") : JsonPlace();
    const std::string prefix = rng_.Chance(0.5) ? "array_contains" : "json_contains";
    const std::string kind = Pick<std::string>({"", "_all", "_any"});
    const auto item = [&] { return stored ? Json(rng_.Between(-3, 3)) : Scalar(); };
    const Json wanted = kind.empty() ? item() : List(item);
    return {prefix + kind + "(" + array.text + ", " + Show(wanted) + ")", kLeaf,
            [array, kind, wanted](const Row& row) -> Maybe {
              const Json value = array.value(row);
              if (value.is_null()) return std::nullopt;
              if (!value.is_array()) return false;
              const auto holds = [&](const Json& one) {
                for (const Json& element : value) {
                  if (Same(element, one)) return true;
                }
                return false;
              };
              if (kind.empty()) return holds(wanted);
              bool all = true;
              bool any = false;
              for (const Json& one : wanted) (holds(one) ? any : all) = holds(one);
              return kind == "_all" ? all : any;
            }};
  }

  Condition RangeLeaf() {
    const Operand column = Column(Pick<std::string>({"id", "i8", "d"}));
    const Operand low = Constant(rng_.Between(-3, 3));
    const Operand high = Constant(rng_.Between(0, 20));
    const bool up = rng_.Chance(0.5);
    const std::string first = up ? Pick<std::string>({"<", "<="}) : Pick<std::string>({">", ">="});
    const std::string second = up ? Pick<std::string>({"<", "<="}) : Pick<std::string>({">", ">="});
    return {low.text + " " + first + " " + column.text + " " + second + " " + high.text, kLeaf,
            [=](const Row& row) {
              return And(CompareJson(low.value(row), first, column.value(row)),
                         CompareJson(column.value(row), second, high.value(row)));
            }};
  }

  Condition Flag() {
    const bool wanted = rng_.Chance(0.5);
    const std::string word = wanted ? Pick<std::string>({"true", "True", "TRUE"})
                                    : Pick<std::string>({"false", "False", "FALSE"});
    const bool bare = wanted && rng_.Chance(0.5);
    return {bare ? "b" : "b == " + word, kLeaf,
            [wanted](const Row& row) { return CompareJson(Field(row, "b"), "==", wanted); }};
  }

  static Maybe And(Maybe a, Maybe b) {
    if ((a && !*a) || (b && !*b)) return false;
    if (!a || !b) return std::nullopt;
    return true;
  }
  static Maybe Or(Maybe a, Maybe b) {
    if ((a && *a) || (b && *b)) return true;
    if (!a || !b) return std::nullopt;
    return false;
  }

  std::string Wrap(const Condition& condition, int binding) {
    const bool needed = condition.binding < binding;
    return needed || rng_.Chance(0.2) ? "(" + condition.text + ")" : condition.text;
  }

  Condition Chain(int depth, bool conjunction) {
    const int binding = conjunction ? kAnd : kOr;
    Condition out = Make(depth - 1);
    out.text = Wrap(out, binding);
    for (uint64_t n = 1 + rng_.Below(3); n > 0; --n) {
      const Condition next = Make(depth - 1);
      const std::string word = conjunction ? Word("and", "AND", "&&") : Word("or", "OR", "||");
      // A chain on the right side of the same operator means the same with and without parentheses.
      out.text += " " + word + " " + Wrap(next, binding);
      out.truth = [a = out.truth, b = next.truth, conjunction](const Row& row) {
        return conjunction ? And(a(row), b(row)) : Or(a(row), b(row));
      };
    }
    out.binding = binding;
    return out;
  }

  Condition Not(int depth) {
    const Condition inner = Make(depth - 1);
    return {Word("not ", "NOT ", "!") + "(" + inner.text + ")", kLeaf,
            [truth = inner.truth](const Row& row) -> Maybe {
              const Maybe value = truth(row);
              if (!value) return std::nullopt;
              return !*value;
            }};
  }

  Rng rng_;
};

/// What a batch holds for a value of a row.
inline Value StoredValue(const FieldSchema& field, const Json& json) {
  if (field.type == DataType::kJson && !json.is_null()) return json.dump();
  if (json.is_null()) return {};
  if (json.is_boolean()) return json.get<bool>();
  if (field.type == DataType::kFloat) return json.get<float>();
  if (field.type == DataType::kDouble) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_number()) return json.get<int64_t>();
  if (field.element_type == DataType::kVarChar) return Array{json.get<std::vector<std::string>>()};
  return Array{json.get<std::vector<int64_t>>()};
}

/// Appends the row to a batch; a vector is (id, 0).
inline void AppendRow(const CollectionSchema& schema, const Row& row, RowBatch& batch) {
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    const FieldSchema& field = schema.fields[i];
    if (IsVector(field.type)) {
      batch.columns[i].AppendVector(std::vector<float>{row.at("id").get<float>(), 0});
    } else {
      batch.columns[i].Append(StoredValue(field, Field(row, field.name)));
    }
  }
}

}  // namespace vecgate::filter::random

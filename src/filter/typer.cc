#include "filter/typer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "filter/arithmetic.h"
#include "filter/names.h"
#include "filter/string_literal.h"

namespace vecgate::filter {
namespace {

Error Refused(std::string message) {
  return InvalidArgument(std::move(message), Subject::kExpression);
}

Node NodeOf(auto leaf) { return Node{.value = std::move(leaf)}; }

Node Negate(Node node, bool negated) {
  if (!negated) return node;
  return NodeOf(NotNode{.child = std::make_unique<Node>(std::move(node))});
}

bool IsEquality(Operator op) { return op == Operator::kEqual || op == Operator::kNotEqual; }

/// `a op b` as `b Mirror(op) a`.
Operator Mirror(Operator op) {
  switch (op) {
    case Operator::kLess: return Operator::kGreater;
    case Operator::kLessEqual: return Operator::kGreaterEqual;
    case Operator::kGreater: return Operator::kLess;
    case Operator::kGreaterEqual: return Operator::kLessEqual;
    default: return op;
  }
}

bool IsNumber(ScalarType type) { return type == ScalarType::kInt || type == ScalarType::kDouble; }

Result<Node> CompareConstants(Operator op, const Literal& a, const Literal& b) {
  const auto fold = [&](std::partial_ordering order) -> Result<Node> {
    return NodeOf(ConstantNode{Satisfies(order, op)});
  };
  const auto* ai = std::get_if<int64_t>(&a.value);
  const auto* bi = std::get_if<int64_t>(&b.value);
  const auto* ad = std::get_if<double>(&a.value);
  const auto* bd = std::get_if<double>(&b.value);
  if (ai != nullptr && bi != nullptr) return fold(*ai <=> *bi);
  if (ad != nullptr && bd != nullptr) return fold(*ad <=> *bd);
  if (ai != nullptr && bd != nullptr) return fold(CompareNumbers(*ai, *bd));
  if (ad != nullptr && bi != nullptr) return fold(0 <=> CompareNumbers(*bi, *ad));
  if (a.value.index() == b.value.index()) {
    if (const auto* text = std::get_if<std::string>(&a.value)) {
      return fold(*text <=> std::get<std::string>(b.value));
    }
    if (IsEquality(op)) return NodeOf(ConstantNode{(a == b) == (op == Operator::kEqual)});
  }
  return Refused(
      fmt::format("comparison operations cannot be applied to two incompatible operands: {} {} {}",
                  ToText(a), OperatorText(op), ToText(b)));
}

Error NotComparable(const Scalar& left, const Scalar& right) {
  return Refused(fmt::format("comparisons between {} and {} are not supported", TypeNameOf(left),
                             TypeNameOf(right)));
}

/// Casts the literal to what it is compared with. `left` is no literal.
Result<Literal> FitLiteral(Operator op, const Scalar& left, const Scalar& right) {
  const Literal& literal = std::get<Literal>(right.value);
  const auto* column = std::get_if<ColumnRef>(&left.value);
  if (left.type == ScalarType::kJson) {
    if (column == nullptr && !IsNumber(right.type)) return NotComparable(left, right);
    if (column != nullptr && column->path.empty()) {
      return Refused("can not comparisons jsonField directly");
    }
    const bool ordered = IsNumber(right.type) || right.type == ScalarType::kString;
    if (!IsEquality(op) && !ordered) return NotComparable(left, right);
    return literal;
  }
  if (left.type == ScalarType::kArray) {
    if (right.type != ScalarType::kArray || !IsEquality(op)) {
      return Refused("can not comparisons array fields directly");
    }
    Literal::List items;
    for (const Literal& item : std::get<Literal::List>(literal.value)) {
      VG_ASSIGN_OR_RETURN(Literal cast, CastTo(column->element_type, item));
      items.push_back(std::move(cast));
    }
    return Literal{std::move(items)};
  }
  const bool fits = left.type == right.type || (IsNumber(left.type) && IsNumber(right.type));
  if (!fits || (left.type == ScalarType::kBool && !IsEquality(op))) {
    return NotComparable(left, right);
  }
  const bool single_float = column != nullptr && ValueTypeOf(*column) == DataType::kFloat;
  return CastTo(single_float ? DataType::kFloat : DataType::kNone, literal);
}

Status CheckColumnsFit(Operator op, const Scalar& left, const Scalar& right) {
  const auto arithmetic = [](const Scalar& scalar) {
    return scalar.type == ScalarType::kJson && std::holds_alternative<Arithmetic>(scalar.value);
  };
  const auto number = [&](const Scalar& scalar) {
    return IsNumber(scalar.type) || arithmetic(scalar);
  };
  if (number(left) && number(right)) return Ok();
  if (left.type == right.type && left.type == ScalarType::kString) return Ok();
  if (left.type == right.type && left.type == ScalarType::kBool && IsEquality(op)) return Ok();
  if (left.type == ScalarType::kArray || right.type == ScalarType::kArray) {
    return Refused("can not comparisons array fields directly");
  }
  return NotComparable(left, right);
}

Result<Node> Compare(Operator op, Scalar left, Scalar right) {
  const bool left_constant = std::holds_alternative<Literal>(left.value);
  const bool right_constant = std::holds_alternative<Literal>(right.value);
  if (left_constant && right_constant) {
    return CompareConstants(op, std::get<Literal>(left.value), std::get<Literal>(right.value));
  }
  if (left_constant) return Compare(Mirror(op), std::move(right), std::move(left));
  if (right_constant) {
    VG_ASSIGN_OR_RETURN(Literal literal, FitLiteral(op, left, right));
    right.value = std::move(literal);
  } else {
    VG_RETURN_IF_ERROR(CheckColumnsFit(op, left, right));
  }
  return NodeOf(CompareNode{.op = op, .left = std::move(left), .right = std::move(right)});
}

void AddItem(Literal item, ItemSet& set) {
  if (auto* flag = std::get_if<bool>(&item.value)) {
    (*flag ? set.has_true : set.has_false) = true;
  } else if (auto* number = std::get_if<int64_t>(&item.value)) {
    set.integers.insert(*number);
  } else if (auto* real = std::get_if<double>(&item.value)) {
    const std::optional<int64_t> whole = WholeNumber(*real);
    if (whole) {
      set.integers.insert(*whole);
    } else {
      set.doubles.insert(*real);
    }
  } else if (auto* text = std::get_if<std::string>(&item.value)) {
    set.strings.insert(std::move(*text));
  } else {
    set.lists.push_back(std::move(item));
  }
}

class Typer {
 public:
  explicit Typer(const TypingScope& scope) : scope_(scope) {}

  Result<Node> Condition(const Ast& ast) {
    switch (ast.kind) {
      case AstKind::kAnd: return Chain<AndNode>(ast, "and");
      case AstKind::kOr: return Chain<OrNode>(ast, "or");
      case AstKind::kNot: return Not(ast);
      case AstKind::kCompare: return Comparison(ast);
      case AstKind::kRange: return Range(ast);
      case AstKind::kIn: return In(ast);
      case AstKind::kLike: return Like(ast);
      case AstKind::kIsNull: return IsNull(ast);
      case AstKind::kExists: return Exists(ast);
      case AstKind::kCall: return Call(ast);
      default: return Value(ast);
    }
  }

 private:
  template <typename ChainNode>
  Result<Node> Chain(const Ast& ast, std::string_view word) {
    ChainNode out;
    for (const Ast& child : ast.children) {
      if (!IsCondition(child)) {
        return Refused(fmt::format("'{}' can only be used between boolean expressions", word));
      }
      VG_ASSIGN_OR_RETURN(Node node, Condition(child));
      out.children.push_back(std::move(node));
    }
    return NodeOf(std::move(out));
  }

  Result<Node> Not(const Ast& ast) {
    const Ast& operand = ast.children.front();
    if (!IsCondition(operand)) {
      return Refused("not op can only be applied on boolean expression");
    }
    VG_ASSIGN_OR_RETURN(Node node, Condition(operand));
    return Negate(std::move(node), true);
  }

  /// False for what is plainly a value; errors inside conditions are found by Condition.
  bool IsCondition(const Ast& ast) const {
    switch (ast.kind) {
      case AstKind::kLiteral: return std::holds_alternative<bool>(ast.literal.value);
      case AstKind::kTemplate: {
        const auto found = scope_.values.find(ast.name);
        return found == scope_.values.end() || std::holds_alternative<bool>(found->second.value);
      }
      case AstKind::kColumn: {
        const auto column = ResolveColumn(scope_.schema, ast.name, ast.path);
        // An unknown name is reported as such, by Condition.
        return !column.ok() || ScalarTypeOf(*column) == ScalarType::kBool;
      }
      case AstKind::kList:
      case AstKind::kUnary:
      case AstKind::kArith: return false;
      case AstKind::kCall: return ast.name != "array_length" && ast.name != "ARRAY_LENGTH";
      default: return true;
    }
  }

  /// A BOOL column, or true and false, standing alone.
  Result<Node> Value(const Ast& ast) {
    VG_ASSIGN_OR_RETURN(Scalar scalar, TypeScalar(ast, scope_));
    if (scalar.type != ScalarType::kBool) {
      return Refused(
          fmt::format("predicate is not a boolean expression: data type: {}", TypeNameOf(scalar)));
    }
    if (const auto* literal = std::get_if<Literal>(&scalar.value)) {
      return NodeOf(ConstantNode{std::get<bool>(literal->value)});
    }
    Scalar yes{.type = ScalarType::kBool, .value = Literal{true}};
    return NodeOf(
        CompareNode{.op = Operator::kEqual, .left = std::move(scalar), .right = std::move(yes)});
  }

  /// A value; what is not one is named after the operator that Milvus would blame.
  Result<Scalar> Operand(const Ast& ast) {
    if (ast.kind == AstKind::kNot) {
      VG_RETURN_IF_ERROR(Not(ast));
    }
    return TypeScalar(ast, scope_);
  }

  Result<Node> Comparison(const Ast& ast) {
    VG_ASSIGN_OR_RETURN(Scalar left, Operand(ast.children[0]));
    VG_ASSIGN_OR_RETURN(Scalar right, Operand(ast.children[1]));
    return Compare(ast.op, std::move(left), std::move(right));
  }

  Result<Node> Range(const Ast& ast) {
    VG_ASSIGN_OR_RETURN(Scalar low, Operand(ast.children[0]));
    VG_ASSIGN_OR_RETURN(Scalar first, TypeScalar(ast.children[1], scope_));
    VG_ASSIGN_OR_RETURN(Scalar second, TypeScalar(ast.children[1], scope_));
    VG_ASSIGN_OR_RETURN(Scalar high, Operand(ast.children[2]));
    VG_ASSIGN_OR_RETURN(Node a, Compare(ast.op, std::move(low), std::move(first)));
    VG_ASSIGN_OR_RETURN(Node b, Compare(ast.op2, std::move(second), std::move(high)));
    AndNode out;
    out.children.push_back(std::move(a));
    out.children.push_back(std::move(b));
    return NodeOf(std::move(out));
  }

  /// The column of `in`, `like`, `exists` and the contains functions.
  Result<ColumnRef> ColumnOf(const Ast& ast, std::string_view what) {
    if (ast.kind == AstKind::kNot) {
      VG_RETURN_IF_ERROR(Not(ast));
    }
    if (ast.kind != AstKind::kColumn) {
      return Refused(fmt::format("{} can only be used on a single field", what));
    }
    return ResolveColumn(scope_.schema, ast.name, ast.path);
  }

  Result<Node> In(const Ast& ast) {
    VG_ASSIGN_OR_RETURN(ColumnRef column, ColumnOf(ast.children[0], "'in'"));
    if (ast.children[1].kind == AstKind::kColumn) {
      return Refused("the right-hand side of 'in' must be a list");
    }
    VG_ASSIGN_OR_RETURN(Literal::List list, TypeList(ast.children[1], scope_));
    const DataType type = ValueTypeOf(column);
    if (type == DataType::kArray) return Refused("'in' can not be used on an array field directly");
    ItemSet items;
    for (Literal& item : list) {
      const std::string shown = type == DataType::kJson ? std::string() : ToText(item);
      auto cast = CastTo(type, std::move(item));
      if (!cast.ok()) {
        return Refused(
            fmt::format("value '{}' in list cannot be casted to {}", shown, DataTypeName(type)));
      }
      AddItem(std::move(*cast), items);
    }
    return Negate(NodeOf(InNode{.column = std::move(column), .items = std::move(items)}),
                  ast.negated);
  }

  Result<Node> Like(const Ast& ast) {
    VG_ASSIGN_OR_RETURN(ColumnRef column, ColumnOf(ast.children[0], "'like'"));
    const ScalarType type = ScalarTypeOf(column);
    if (type != ScalarType::kString && type != ScalarType::kJson) {
      return Refused("like operation on non-string or no-json field is unsupported");
    }
    VG_ASSIGN_OR_RETURN(Literal literal, TypeConstant(ast.children[1], scope_));
    const auto* text = std::get_if<std::string>(&literal.value);
    if (text == nullptr) {
      return Refused(
          fmt::format("the pattern of 'like' must be a string, {} found", ToText(literal)));
    }
    VG_ASSIGN_OR_RETURN(LikePattern pattern, LikePattern::Parse(*text));
    return NodeOf(LikeNode{.column = std::move(column), .pattern = std::move(pattern)});
  }

  Result<Node> IsNull(const Ast& ast) {
    VG_ASSIGN_OR_RETURN(ColumnRef column, ColumnOf(ast.children[0], "'is null'"));
    if (column.type == DataType::kArray && !column.path.empty()) {
      return Refused("'is null' can not be used on an array's element");
    }
    return Negate(NodeOf(IsNullNode{.column = std::move(column)}), ast.negated);
  }

  Result<Node> Exists(const Ast& ast) {
    VG_ASSIGN_OR_RETURN(ColumnRef column, ColumnOf(ast.children[0], "'exists'"));
    if (column.type != DataType::kJson) {
      return Refused(fmt::format("exists operations are only supported on json fields now, got: {}",
                                 DataTypeName(column.type)));
    }
    return NodeOf(ExistsNode{.column = std::move(column)});
  }

  Result<Node> Call(const Ast& ast) {
    std::string name = ast.name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (name == "text_match" || name == "phrase_match") {
      return Unimplemented(
          fmt::format("{} needs a text analyzer, which this engine does not have; 'like' matches "
                      "prefixes, infixes and suffixes",
                      name),
          Subject::kExpression);
    }
    if (name == "json_contains" || name == "array_contains") {
      return Contains(ast, ContainsKind::kOne);
    }
    if (name == "json_contains_all" || name == "array_contains_all") {
      return Contains(ast, ContainsKind::kAll);
    }
    if (name == "json_contains_any" || name == "array_contains_any") {
      return Contains(ast, ContainsKind::kAny);
    }
    if (name == "array_length") return Value(ast);
    return Refused(fmt::format(
        "function {} not found; there are json_contains, json_contains_all, json_contains_any, "
        "array_contains, array_contains_all, array_contains_any and array_length",
        Shorten(ast.name, 64)));
  }

  Result<Node> Contains(const Ast& ast, ContainsKind kind) {
    if (ast.children.size() != 2) {
      return Refused(fmt::format("{} takes two arguments, a field and {}", ast.name,
                                 kind == ContainsKind::kOne ? "a value" : "a list"));
    }
    VG_ASSIGN_OR_RETURN(ColumnRef column, ColumnOf(ast.children[0], ast.name));
    const ScalarType type = ScalarTypeOf(column);
    if (type != ScalarType::kArray && type != ScalarType::kJson) {
      return Refused(
          fmt::format("{} operation are only supported on json or array fields now, got: {}",
                      ast.name, DataTypeName(ValueTypeOf(column))));
    }
    ContainsNode out{.column = std::move(column), .kind = kind};
    if (kind == ContainsKind::kOne) {
      VG_ASSIGN_OR_RETURN(Literal value, TypeConstant(ast.children[1], scope_));
      out.values.push_back(std::move(value));
    } else {
      VG_ASSIGN_OR_RETURN(Literal value, TypeConstant(ast.children[1], scope_));
      auto* list = std::get_if<Literal::List>(&value.value);
      if (list == nullptr)
        return Refused(fmt::format("{} operation element must be an array", ast.name));
      out.values = std::move(*list);
    }
    if (type == ScalarType::kArray) {
      for (Literal& value : out.values) {
        VG_ASSIGN_OR_RETURN(value, CastTo(out.column.element_type, std::move(value)));
      }
    }
    return NodeOf(std::move(out));
  }

  const TypingScope& scope_;
};

}  // namespace

Result<Node> TypeCondition(const Ast& ast, const TypingScope& scope) {
  return Typer(scope).Condition(ast);
}

}  // namespace vecgate::filter

#include "filter/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "filter/lexer.h"
#include "filter/string_literal.h"

namespace vecgate::filter {
namespace {

enum Binding : int {
  kBindNothing = 0,
  kBindOr,
  kBindAnd,
  kBindBitOr,
  kBindBitXor,
  kBindBitAnd,
  kBindEquality,
  kBindRelational,
  kBindIn,
  kBindShift,
  kBindAdditive,
  kBindMultiplicative,
  kBindUnary,
  kBindPower,
  kBindLike,
};

struct Infix {
  AstKind kind;
  Binding binding;
  Operator op = Operator::kNone;
};

std::optional<Infix> InfixOf(TokenKind kind) {
  switch (kind) {
    case TokenKind::kOr: return Infix{AstKind::kOr, kBindOr};
    case TokenKind::kAnd: return Infix{AstKind::kAnd, kBindAnd};
    case TokenKind::kBitOr: return Infix{AstKind::kArith, kBindBitOr, Operator::kBitOr};
    case TokenKind::kBitXor: return Infix{AstKind::kArith, kBindBitXor, Operator::kBitXor};
    case TokenKind::kBitAnd: return Infix{AstKind::kArith, kBindBitAnd, Operator::kBitAnd};
    case TokenKind::kEqual: return Infix{AstKind::kCompare, kBindEquality, Operator::kEqual};
    case TokenKind::kNotEqual: return Infix{AstKind::kCompare, kBindEquality, Operator::kNotEqual};
    case TokenKind::kLess: return Infix{AstKind::kCompare, kBindRelational, Operator::kLess};
    case TokenKind::kLessEqual:
      return Infix{AstKind::kCompare, kBindRelational, Operator::kLessEqual};
    case TokenKind::kGreater: return Infix{AstKind::kCompare, kBindRelational, Operator::kGreater};
    case TokenKind::kGreaterEqual:
      return Infix{AstKind::kCompare, kBindRelational, Operator::kGreaterEqual};
    case TokenKind::kIn:
    case TokenKind::kNot: return Infix{AstKind::kIn, kBindIn};
    case TokenKind::kShiftLeft: return Infix{AstKind::kArith, kBindShift, Operator::kShiftLeft};
    case TokenKind::kShiftRight: return Infix{AstKind::kArith, kBindShift, Operator::kShiftRight};
    case TokenKind::kPlus: return Infix{AstKind::kArith, kBindAdditive, Operator::kAdd};
    case TokenKind::kMinus: return Infix{AstKind::kArith, kBindAdditive, Operator::kSubtract};
    case TokenKind::kStar: return Infix{AstKind::kArith, kBindMultiplicative, Operator::kMultiply};
    case TokenKind::kSlash: return Infix{AstKind::kArith, kBindMultiplicative, Operator::kDivide};
    case TokenKind::kPercent: return Infix{AstKind::kArith, kBindMultiplicative, Operator::kModulo};
    case TokenKind::kPower: return Infix{AstKind::kArith, kBindPower, Operator::kPower};
    case TokenKind::kLike: return Infix{AstKind::kLike, kBindLike};
    default: return std::nullopt;
  }
}

/// `a < b < c` and `a > b > c` are ranges; `a < b > c` is not.
bool SameDirection(Operator a, Operator b) {
  const auto less = [](Operator op) { return op == Operator::kLess || op == Operator::kLessEqual; };
  return less(a) == less(b);
}

class Parser {
 public:
  Parser(std::string_view text, const CompileLimits& limits) : lexer_(text), limits_(limits) {}

  Result<Ast> Run() {
    VG_RETURN_IF_ERROR(Advance());
    VG_ASSIGN_OR_RETURN(Ast tree, Expression(kBindNothing));
    if (token_.kind != TokenKind::kEnd) return Unexpected("an operator or the end");
    return tree;
  }

 private:
  Status Advance() {
    VG_ASSIGN_OR_RETURN(token_, lexer_.Next());
    return Ok();
  }

  Status Expect(TokenKind kind, std::string_view what) {
    if (token_.kind != kind) return Unexpected(what);
    return Advance();
  }

  [[nodiscard]] Error Unexpected(std::string_view expected) const {
    const std::string found = token_.kind == TokenKind::kEnd
                                  ? std::string("the end")
                                  : fmt::format("'{}'", Shorten(token_.text, 32));
    return InvalidArgument(fmt::format("invalid syntax: {} expected, {} found at byte {}", expected,
                                       found, token_.offset),
                           Subject::kExpression);
  }

  [[nodiscard]] Error TooDeep() const {
    return InvalidArgument(
        fmt::format("expression is nested too deeply: at most {} levels are allowed",
                    limits_.max_depth),
        Subject::kExpression);
  }

  /// Sets the node's depth from its children's.
  Result<Ast> Finish(Ast node) const {
    for (const Ast& child : node.children) node.depth = std::max(node.depth, child.depth + 1);
    if (node.depth > limits_.max_depth) return TooDeep();
    return node;
  }

  Result<Ast> Expression(int min_binding) {
    if (++nesting_ > limits_.max_depth) return TooDeep();
    VG_ASSIGN_OR_RETURN(Ast left, Prefix());
    for (;;) {
      const std::optional<Infix> infix = InfixOf(token_.kind);
      if (!infix || infix->binding <= min_binding) break;
      VG_ASSIGN_OR_RETURN(left, Continue(std::move(left), *infix));
    }
    --nesting_;
    return left;
  }

  Result<Ast> Continue(Ast left, const Infix& infix) {
    if (infix.kind == AstKind::kIn) return In(std::move(left));
    VG_RETURN_IF_ERROR(Advance());
    VG_ASSIGN_OR_RETURN(Ast right, Expression(infix.binding));
    if (infix.binding == kBindRelational) {
      const std::optional<Infix> second = InfixOf(token_.kind);
      if (right.kind == AstKind::kColumn && second && second->binding == kBindRelational &&
          SameDirection(infix.op, second->op)) {
        return Range(std::move(left), infix.op, std::move(right), second->op);
      }
    }
    // Chains of `and` and of `or` become one node with many children: they may be thousands long.
    const bool chain = infix.kind == AstKind::kAnd || infix.kind == AstKind::kOr;
    if (chain && left.kind == infix.kind) {
      left.children.push_back(std::move(right));
      return Finish(std::move(left));
    }
    Ast node{.kind = infix.kind, .op = infix.op};
    node.children.push_back(std::move(left));
    node.children.push_back(std::move(right));
    return Finish(std::move(node));
  }

  Result<Ast> Range(Ast low, Operator op, Ast column, Operator op2) {
    VG_RETURN_IF_ERROR(Advance());
    VG_ASSIGN_OR_RETURN(Ast high, Expression(kBindRelational));
    Ast node{.kind = AstKind::kRange, .op = op, .op2 = op2};
    node.children.push_back(std::move(low));
    node.children.push_back(std::move(column));
    node.children.push_back(std::move(high));
    return Finish(std::move(node));
  }

  Result<Ast> In(Ast value) {
    Ast node{.kind = AstKind::kIn};
    if (token_.kind == TokenKind::kNot) {
      node.negated = true;
      VG_RETURN_IF_ERROR(Advance());
    }
    VG_RETURN_IF_ERROR(Expect(TokenKind::kIn, "'in'"));
    VG_ASSIGN_OR_RETURN(Ast list, Expression(kBindIn));
    node.children.push_back(std::move(value));
    node.children.push_back(std::move(list));
    return Finish(std::move(node));
  }

  Result<Ast> Prefix() {
    switch (token_.kind) {
      case TokenKind::kPlus: return Unary(AstKind::kUnary, Operator::kAdd);
      case TokenKind::kMinus: return Minus();
      case TokenKind::kBitNot: return Unary(AstKind::kUnary, Operator::kBitNot);
      case TokenKind::kNot: return Unary(AstKind::kNot, Operator::kNone);
      case TokenKind::kExists: {
        VG_RETURN_IF_ERROR(Advance());
        VG_ASSIGN_OR_RETURN(Ast operand, Expression(kBindLike));
        Ast node{.kind = AstKind::kExists};
        node.children.push_back(std::move(operand));
        return Finish(std::move(node));
      }
      default: return Primary();
    }
  }

  Result<Ast> Unary(AstKind kind, Operator op) {
    VG_RETURN_IF_ERROR(Advance());
    return UnaryOf(kind, op);
  }

  Result<Ast> UnaryOf(AstKind kind, Operator op) {
    // Binding just below `**`, so that -2 ** 2 is -(2 ** 2).
    VG_ASSIGN_OR_RETURN(Ast operand, Expression(kBindUnary));
    Ast node{.kind = kind, .op = op};
    node.children.push_back(std::move(operand));
    return Finish(std::move(node));
  }

  // The smallest integer has no positive counterpart, so the sign joins the number here.
  Result<Ast> Minus() {
    VG_RETURN_IF_ERROR(Advance());
    if (token_.kind == TokenKind::kInteger && token_.integer == uint64_t{1} << 63) {
      VG_RETURN_IF_ERROR(Advance());
      return Ast{.literal = {std::numeric_limits<int64_t>::min()}};
    }
    return UnaryOf(AstKind::kUnary, Operator::kSubtract);
  }

  Result<Ast> Primary() {
    switch (token_.kind) {
      case TokenKind::kInteger:
      case TokenKind::kFloating:
      case TokenKind::kString:
      case TokenKind::kTrue:
      case TokenKind::kFalse: {
        VG_ASSIGN_OR_RETURN(Literal literal, TakeLiteral(false));
        return Ast{.literal = std::move(literal)};
      }
      case TokenKind::kIdentifier:
      case TokenKind::kMeta: return Name();
      case TokenKind::kLeftParen: {
        VG_RETURN_IF_ERROR(Advance());
        VG_ASSIGN_OR_RETURN(Ast inner, Expression(kBindNothing));
        VG_RETURN_IF_ERROR(Expect(TokenKind::kRightParen, "')'"));
        return inner;
      }
      case TokenKind::kLeftBracket: return List();
      case TokenKind::kLeftBrace: return Template();
      default: return Unexpected("a value");
    }
  }

  /// REQUIRES: the token is a number, string or truth value.
  Result<Literal> TakeLiteral(bool negative) {
    Literal literal{false};
    switch (token_.kind) {
      case TokenKind::kInteger: {
        const uint64_t limit = (uint64_t{1} << 63) - (negative ? 0 : 1);
        if (token_.integer > limit) {
          return InvalidArgument(fmt::format("integer '{}' is out of the range of Int64 at byte {}",
                                             token_.text, token_.offset),
                                 Subject::kExpression);
        }
        literal.value =
            static_cast<int64_t>(negative ? uint64_t{0} - token_.integer : token_.integer);
        break;
      }
      case TokenKind::kFloating:
        literal.value = negative ? -token_.floating : token_.floating;
        break;
      case TokenKind::kString: literal.value = std::move(token_.string); break;
      case TokenKind::kTrue: literal.value = true; break;
      default: literal.value = false; break;
    }
    VG_RETURN_IF_ERROR(Advance());
    return literal;
  }

  Result<Ast> Template() {
    VG_RETURN_IF_ERROR(Advance());
    if (token_.kind != TokenKind::kIdentifier) return Unexpected("the name of a parameter");
    Ast node{.kind = AstKind::kTemplate, .name = std::string(token_.text)};
    VG_RETURN_IF_ERROR(Advance());
    VG_RETURN_IF_ERROR(Expect(TokenKind::kRightBrace, "'}'"));
    return node;
  }

  Result<Ast> Name() {
    Ast node{.kind = AstKind::kColumn, .name = std::string(token_.text)};
    const bool callable = token_.kind == TokenKind::kIdentifier;
    VG_RETURN_IF_ERROR(Advance());
    if (callable && token_.kind == TokenKind::kLeftParen) return Call(std::move(node.name));
    while (token_.kind == TokenKind::kLeftBracket) VG_RETURN_IF_ERROR(Subscript(node));
    if (token_.kind == TokenKind::kIs) return IsNull(std::move(node));
    return node;
  }

  Status Subscript(Ast& node) {
    VG_RETURN_IF_ERROR(Advance());
    if (token_.kind == TokenKind::kString) {
      node.path.emplace_back(std::move(token_.string));
    } else if (token_.kind == TokenKind::kInteger) {
      node.path.emplace_back(static_cast<size_t>(token_.integer));
    } else {
      return Unexpected("a key in quotes or a position");
    }
    if (node.path.size() > limits_.max_depth) return TooDeep();
    VG_RETURN_IF_ERROR(Advance());
    return Expect(TokenKind::kRightBracket, "']'");
  }

  Result<Ast> IsNull(Ast column) {
    Ast node{.kind = AstKind::kIsNull};
    VG_RETURN_IF_ERROR(Advance());
    if (token_.kind == TokenKind::kNot) {
      node.negated = true;
      VG_RETURN_IF_ERROR(Advance());
    }
    VG_RETURN_IF_ERROR(Expect(TokenKind::kNull, "'null'"));
    node.children.push_back(std::move(column));
    return Finish(std::move(node));
  }

  Result<Ast> Call(std::string name) {
    Ast node{.kind = AstKind::kCall, .name = std::move(name)};
    VG_RETURN_IF_ERROR(Advance());
    while (token_.kind != TokenKind::kRightParen) {
      VG_ASSIGN_OR_RETURN(Ast argument, Expression(kBindNothing));
      node.children.push_back(std::move(argument));
      if (token_.kind != TokenKind::kComma) break;
      VG_RETURN_IF_ERROR(Advance());
    }
    VG_RETURN_IF_ERROR(Expect(TokenKind::kRightParen, "')'"));
    return Finish(std::move(node));
  }

  Result<Ast> List() {
    Ast node{.kind = AstKind::kList, .literal = {Literal::List{}}};
    VG_RETURN_IF_ERROR(Advance());
    while (token_.kind != TokenKind::kRightBracket) {
      if (++list_items_ > limits_.max_list_items) {
        return InvalidArgument(fmt::format("lists hold too many items: at most {} are allowed",
                                           limits_.max_list_items),
                               Subject::kExpression);
      }
      VG_RETURN_IF_ERROR(ListItem(node));
      if (token_.kind != TokenKind::kComma) break;
      VG_RETURN_IF_ERROR(Advance());
    }
    VG_RETURN_IF_ERROR(Expect(TokenKind::kRightBracket, "']'"));
    return Finish(std::move(node));
  }

  // Plain constants stay literals: a list of a million keys must not become a million tree nodes.
  Status ListItem(Ast& node) {
    VG_ASSIGN_OR_RETURN(Ast item, Expression(kBindNothing));
    auto& literals = std::get<Literal::List>(node.literal.value);
    FoldSign(item);
    if (item.kind == AstKind::kLiteral && node.children.empty()) {
      literals.push_back(std::move(item.literal));
      return Ok();
    }
    for (Literal& literal : literals) node.children.push_back(Ast{.literal = std::move(literal)});
    literals.clear();
    node.children.push_back(std::move(item));
    return Ok();
  }

  static void FoldSign(Ast& item) {
    if (item.kind != AstKind::kUnary || item.op != Operator::kSubtract) return;
    const Ast& operand = item.children.front();
    if (operand.kind != AstKind::kLiteral) return;
    Literal negated = operand.literal;
    // The parser gives int literals of at most 2^63 - 1 here, so negation cannot overflow.
    if (auto* number = std::get_if<int64_t>(&negated.value)) {
      if (*number < 0) return;
      *number = -*number;
    } else if (auto* real = std::get_if<double>(&negated.value)) {
      *real = -*real;
    } else {
      return;
    }
    item = Ast{.literal = std::move(negated)};
  }

  Lexer lexer_;
  const CompileLimits& limits_;
  Token token_;
  size_t nesting_ = 0;
  size_t list_items_ = 0;
};

}  // namespace

std::string_view OperatorText(Operator op) {
  static constexpr std::string_view kTexts[] = {
      "",  "+", "-", "*",  "/",  "%", "**", "<<", ">>", "&",
      "|", "^", "~", "==", "!=", "<", "<=", ">",  ">="};
  return kTexts[static_cast<size_t>(op)];
}

Result<Ast> Parse(std::string_view text, const CompileLimits& limits) {
  return Parser(text, limits).Run();
}

}  // namespace vecgate::filter

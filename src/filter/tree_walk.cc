#include "filter/tree_walk.h"

#include <algorithm>
#include <set>

namespace vecgate::filter {
namespace {

using Fields = std::set<size_t>;

void AddFields(const Scalar& scalar, Fields& out) {
  if (const auto* column = std::get_if<ColumnRef>(&scalar.value)) {
    out.insert(column->field);
  } else if (const auto* length = std::get_if<ArrayLengthOf>(&scalar.value)) {
    out.insert(length->array.field);
  } else if (const auto* arithmetic = std::get_if<Arithmetic>(&scalar.value)) {
    AddFields(*arithmetic->left, out);
    AddFields(*arithmetic->right, out);
  }
}

struct FieldVisitor {
  Fields& out;

  void operator()(const ConstantNode&) const {}
  void operator()(const AndNode& node) const { All(node.children); }
  void operator()(const OrNode& node) const { All(node.children); }
  void operator()(const NotNode& node) const { std::visit(*this, node.child->value); }
  void operator()(const CompareNode& node) const {
    AddFields(node.left, out);
    AddFields(node.right, out);
  }
  void operator()(const auto& leaf) const { out.insert(leaf.column.field); }

  void All(const std::vector<Node>& children) const {
    for (const Node& child : children) std::visit(*this, child.value);
  }
};

// Rough nanoseconds a row; only the order matters.
constexpr int kPlainCost = 1;
constexpr int kTextCost = 10;
constexpr int kArrayCost = 50;
constexpr int kJsonCost = 500;

int CostOf(const ColumnRef& column) {
  switch (column.type) {
    case DataType::kJson: return kJsonCost;
    case DataType::kArray: return kArrayCost;
    case DataType::kVarChar: return kTextCost;
    default: return kPlainCost;
  }
}

int CostOf(const Scalar& scalar) {
  if (const auto* column = std::get_if<ColumnRef>(&scalar.value)) return CostOf(*column);
  if (const auto* length = std::get_if<ArrayLengthOf>(&scalar.value)) return CostOf(length->array);
  if (const auto* arithmetic = std::get_if<Arithmetic>(&scalar.value)) {
    return kTextCost + CostOf(*arithmetic->left) + CostOf(*arithmetic->right);
  }
  return 0;
}

struct CostSorter {
  int operator()(ConstantNode&) const { return 0; }
  int operator()(AndNode& node) const { return Sort(node.children); }
  int operator()(OrNode& node) const { return Sort(node.children); }
  int operator()(NotNode& node) const { return std::visit(*this, node.child->value); }
  int operator()(CompareNode& node) const { return CostOf(node.left) + CostOf(node.right); }
  int operator()(auto& leaf) const { return CostOf(leaf.column); }

  int Sort(std::vector<Node>& children) const {
    std::vector<std::pair<int, Node>> costs;
    int total = 0;
    for (Node& child : children) {
      const int cost = std::visit(*this, child.value);
      total += cost;
      costs.emplace_back(cost, std::move(child));
    }
    std::stable_sort(costs.begin(), costs.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (size_t i = 0; i < children.size(); ++i) children[i] = std::move(costs[i].second);
    return total;
  }
};

}  // namespace

std::vector<size_t> FieldsRead(const Node& node) {
  Fields out;
  std::visit(FieldVisitor{out}, node.value);
  return {out.begin(), out.end()};
}

void SortByCost(Node& node) { std::visit(CostSorter{}, node.value); }

}  // namespace vecgate::filter

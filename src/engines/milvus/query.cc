#include "engines/milvus/query.h"

#include <algorithm>
#include <limits>

#include "engines/milvus/filter_expression.h"

namespace vecgate::milvus_engine {
namespace {

constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();

/// One run over the rows that a request is about.
class Run {
 public:
  Run(ReadScope& scope, const QueryRequest& request)
      : scope_(scope),
        request_(request),
        condition_(ToCondition(request.selection, scope.layout())),
        skip_(request.count_only ? 0 : request.offset),
        left_(request.count_only ? kAll : request.limit.value_or(kAll)) {
    const auto& filter = request.selection.filter;
    if (!condition_.is_exact) residual_ = filter.get();
    if (!request.count_only) fields_ = Distinct(request.output_fields);
    if (residual_ != nullptr) AddFields(filter::FieldsOf(*residual_), fields_);
    at_once_ = RowsAtOnce(scope.layout(), fields_);
    if (request.keys) keys_ = milvus_engine::Distinct(*request.keys);
    out_.keys = scope.layout().schema().PrimaryKeyField().MakeColumn();
    if (request.count_only) return;
    for (const size_t field : request.output_fields) {
      out_.columns.push_back(scope.layout().field(field).MakeColumn());
    }
  }

  /// Nothing when more than one call is needed and `whole` is not set.
  Result<std::optional<QueryResult>> Answer(bool whole) {
    if (left_ == 0) return std::optional(std::move(out_));
    if (request_.count_only && residual_ == nullptr) {
      VG_ASSIGN_OR_RETURN(const bool done, CountOnServer(whole));
      if (!done) return std::optional<QueryResult>();
      return std::optional(std::move(out_));
    }
    VG_ASSIGN_OR_RETURN(const bool done, keys_ ? ByKeys(whole) : InOrder(whole));
    if (!done) return std::optional<QueryResult>();
    return std::optional(std::move(out_));
  }

 private:
  static std::vector<size_t> Distinct(std::vector<size_t> fields) {
    std::sort(fields.begin(), fields.end());
    fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
    return fields;
  }

  [[nodiscard]] Expression After(const std::optional<PrimaryKey>& key) const {
    return key ? KeyAfter(scope_.layout().key(), *key) : Expression::All();
  }

  Result<bool> CountOnServer(bool whole) {
    const Layout& layout = scope_.layout();
    const Expression rows = After(request_.after_key) && condition_.expression;
    const size_t parts = keys_ ? (keys_->size() + kKeysAtOnce - 1) / kKeysAtOnce : 1;
    if (parts > 1 && !whole) return false;
    for (size_t part = 0; part < parts; ++part) {
      const Expression named =
          keys_ ? KeysIn(layout.key(), Part(part * kKeysAtOnce)) : Expression::All();
      VG_ASSIGN_OR_RETURN(
          const uint64_t count,
          scope_.server.Count(scope_.context, layout.collection, named && rows, scope_.freshness));
      out_.count += count;
      scope_.Settle();
    }
    return true;
  }

  [[nodiscard]] std::span<const PrimaryKey> Part(size_t first) const {
    return std::span(*keys_).subspan(first, std::min(KeysOfACall(), keys_->size() - first));
  }

  [[nodiscard]] size_t KeysOfACall() const {
    return request_.count_only && residual_ == nullptr ? kKeysAtOnce
                                                       : std::min<size_t>(kKeysAtOnce, at_once_);
  }

  Result<bool> ByKeys(bool whole) {
    const size_t step = KeysOfACall();
    if (keys_->size() > step && !whole) return false;
    for (size_t first = 0; first < keys_->size() && left_ > 0; first += step) {
      const Expression rows = KeysIn(scope_.layout().key(), Part(first)) &&
                              After(request_.after_key) && condition_.expression;
      VG_ASSIGN_OR_RETURN(const Rows page, FetchRows(scope_, rows, fields_, step));
      Take(page);
    }
    return true;
  }

  Result<bool> InOrder(bool whole) {
    std::optional<PrimaryKey> after = request_.after_key;
    for (bool first = true; left_ > 0; first = false) {
      if (!first && !whole) return false;
      VG_RETURN_IF_ERROR(scope_.context.Check());
      // The server skips what it can; of more, the keys are read to get behind them.
      const bool skipping = residual_ == nullptr && skip_ >= kMaxWindow;
      uint64_t offset = 0;
      uint64_t limit = skipping ? kMaxWindow : at_once_;
      if (residual_ == nullptr && !skipping) {
        offset = skip_;
        limit = std::min({at_once_, left_, kMaxWindow - skip_});
        skip_ = 0;
      }
      const Expression rows = After(after) && condition_.expression;
      VG_ASSIGN_OR_RETURN(
          const Rows page,
          FetchRows(scope_, rows, skipping ? std::span<const size_t>() : fields_, limit, offset));
      if (skipping) {
        skip_ -= page.size();
      } else {
        Take(page);
      }
      if (page.size() < limit) return true;
      after = PrimaryKeyAt(page.keys, page.size() - 1);
    }
    return true;
  }

  void Take(const Rows& page) {
    for (const uint32_t row : MatchingRows(scope_.layout(), residual_, page)) {
      if (skip_ > 0) {
        --skip_;
        continue;
      }
      if (left_ == 0) return;
      --left_;
      ++out_.count;
      if (request_.count_only) continue;
      out_.keys.AppendFrom(page.keys, row);
      for (size_t i = 0; i < out_.columns.size(); ++i) {
        out_.columns[i].AppendFrom(page.fields.at(request_.output_fields[i]), row);
      }
    }
  }

  ReadScope& scope_;
  const QueryRequest& request_;
  const Condition condition_;
  const filter::Filter* residual_ = nullptr;
  std::vector<size_t> fields_;
  uint64_t at_once_ = 0;
  std::optional<std::vector<PrimaryKey>> keys_;
  uint64_t skip_;
  uint64_t left_;
  QueryResult out_;
};

}  // namespace

Result<QueryResult> QueryRows(ReadScope scope, const QueryRequest& request) {
  {
    ReadScope once = scope;
    VG_ASSIGN_OR_RETURN(std::optional<QueryResult> answer, Run(once, request).Answer(false));
    if (answer) return std::move(*answer);
  }
  VG_ASSIGN_OR_RETURN(const Gate::Pass pass,
                      scope.collection.gate.Enter(scope.context, Gate::Kind::kRead));
  VG_ASSIGN_OR_RETURN(std::optional<QueryResult> answer, Run(scope, request).Answer(true));
  return std::move(*answer);
}

Result<std::vector<PrimaryKey>> KeysOf(ReadScope& scope,
                                       const std::optional<std::vector<PrimaryKey>>& keys,
                                       const RowSelection& selection) {
  QueryRequest request;
  request.keys = keys;
  request.selection = selection;
  VG_ASSIGN_OR_RETURN(std::optional<QueryResult> answer, Run(scope, request).Answer(true));
  std::vector<PrimaryKey> out;
  for (size_t row = 0; row < answer->keys.num_rows(); ++row) {
    out.push_back(PrimaryKeyAt(answer->keys, row));
  }
  return out;
}

}  // namespace vecgate::milvus_engine

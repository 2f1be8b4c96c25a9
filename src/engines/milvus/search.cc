#include "engines/milvus/search.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "base/bytes.h"
#include "engine/check_search.h"
#include "engines/milvus/filter_expression.h"
#include "engines/milvus/ranking.h"
#include "engines/milvus/scorer.h"
#include "engines/milvus/values.h"
#include "milvus_wire/query_vectors.h"

namespace vecgate::milvus_engine {
namespace {

/// Queries of one call, and the hits that one call may bring.
constexpr size_t kQueriesAtOnce = 64;
constexpr uint64_t kHitsAtOnce = 100'000;
constexpr uint64_t kGrowth = 8;
/// Hits of an exact search that are kept beyond those wanted, before the worst are left away.
constexpr size_t kSlack = 4096;

std::string GroupOf(const Column& column, size_t row) {
  ByteWriter out;
  column.EncodeRow(row, out);
  return out.Take();
}

/// The answer to one query: its hits, and where their fields are.
struct Answer {
  std::vector<Hit> hits;
  std::shared_ptr<const Rows> rows;
};

class Search {
 public:
  Search(ReadScope& scope, const SearchRequest& request)
      : scope_(scope),
        request_(request),
        condition_(ToCondition(request.selection, scope.layout())) {
    if (!condition_.is_exact) residual_ = request.selection.filter.get();
    built_ = *scope.collection.built.LockShared();
    const bool bits = request.queries.type() == DataType::kBinaryVector;
    rescores_ = bits || IsApproximateInScores(built_.type);
    if (residual_ != nullptr) AddFields(filter::FieldsOf(*residual_), needed_);
    if (request.group_by) AddFields(std::span(&request.group_by->field, 1), needed_);
  }

  Result<SearchResult> Run() {
    answers_.resize(request_.queries.num_rows());
    std::vector<size_t> open(answers_.size());
    std::iota(open.begin(), open.end(), 0);
    const bool nothing = condition_.expression.is_none() || request_.k == 0 ||
                         (request_.group_by && request_.group_by->group_size == 0);
    if (nothing) open.clear();
    if (built_.metric == request_.metric) VG_RETURN_IF_ERROR(ByIndex(open));
    if (!open.empty()) VG_RETURN_IF_ERROR(Exactly(open));
    return Assemble();
  }

 private:
  [[nodiscard]] const Layout& layout() const { return scope_.layout(); }

  /// Leaves in `open` the queries to which there is no sure answer.
  Status ByIndex(std::vector<size_t>& open) {
    std::vector<size_t> unsure;
    uint64_t topk = std::min(HitsToAsk(request_, residual_ != nullptr, rescores_), kMaxWindow);
    while (!open.empty()) {
      std::vector<size_t> again;
      const size_t step = std::clamp<size_t>(kHitsAtOnce / topk, 1, kQueriesAtOnce);
      for (size_t first = 0; first < open.size(); first += step) {
        const auto some = std::span(open).subspan(first, std::min(step, open.size() - first));
        VG_RETURN_IF_ERROR(AskServer(some, static_cast<uint32_t>(topk), again, unsure));
      }
      open = std::move(again);
      if (topk == kMaxWindow) break;
      topk = std::min(topk * kGrowth, kMaxWindow);
    }
    open.insert(open.end(), unsure.begin(), unsure.end());
    return Ok();
  }

  Status AskServer(std::span<const size_t> queries, uint32_t topk, std::vector<size_t>& again,
                   std::vector<size_t>& unsure) {
    std::vector<uint32_t> positions(queries.begin(), queries.end());
    std::vector<size_t> fields = needed_;
    AddFields(request_.output_fields, fields);
    if (rescores_) AddFields(std::span(&request_.field, 1), fields);
    SearchCall call{.collection = layout().collection,
                    .field = layout().field(request_.field).name,
                    .expression = condition_.expression.text(),
                    .queries = milvus_wire::WriteQueryVectors(
                        StoredVectors(layout(), request_.queries.Gather(positions))),
                    .num_queries = queries.size(),
                    .metric = std::string(MetricName(request_.metric)),
                    .topk = topk,
                    .params = SearchParams(built_, request_, topk),
                    .outputs = {},
                    .freshness = scope_.freshness};
    for (const size_t field : fields) AddOutputs(layout(), field, call.outputs);
    VG_ASSIGN_OR_RETURN(const api::SearchResults answer,
                        scope_.server.Search(scope_.context, call));
    scope_.Settle();
    VG_ASSIGN_OR_RETURN(const auto rows, ReadRows(answer.results(), fields));
    uint32_t row = 0;
    for (size_t i = 0; i < queries.size(); ++i) {
      const auto count =
          static_cast<uint32_t>(i < static_cast<size_t>(answer.results().topks_size())
                                    ? answer.results().topks(static_cast<int>(i))
                                    : 0);
      const std::span<const float> scores =
          std::span(answer.results().scores().data(), rows->size()).subspan(row, count);
      VG_ASSIGN_OR_RETURN(const Sureness sure, Judge(queries[i], rows, row, scores, topk));
      if (sure == Sureness::kAskForMore) again.push_back(queries[i]);
      if (sure == Sureness::kCompareAll) unsure.push_back(queries[i]);
      row += count;
    }
    return Ok();
  }

  Result<std::shared_ptr<const Rows>> ReadRows(const pb::schema::SearchResultData& in,
                                               std::span<const size_t> fields) {
    auto out = std::make_shared<Rows>();
    out->keys = in.scores_size() == 0 ? layout().schema().PrimaryKeyField().MakeColumn()
                                      : milvus_wire::ParseKeys(in.ids());
    int64_t told = 0;
    for (const int64_t count : in.topks()) told += count;
    if (out->size() != static_cast<size_t>(in.scores_size()) || told != in.scores_size()) {
      return Internal(
          "the server's answer to a search has keys, scores and counts of different "
          "lengths");
    }
    VG_ASSIGN_OR_RETURN(out->fields, ReadFields(layout(), fields, in.fields_data(), out->size()));
    return std::shared_ptr<const Rows>(std::move(out));
  }

  enum class Sureness { kSure, kAskForMore, kCompareAll };

  /// Takes the page out of what came for one query, or says what else is needed.
  Result<Sureness> Judge(size_t query, const std::shared_ptr<const Rows>& rows, uint32_t first,
                         std::span<const float> scores, uint32_t topk) {
    Scorer scorer(request_.metric, request_.queries, query);
    std::vector<Hit> hits;
    std::optional<float> border;
    const std::vector<uint8_t> matching = Matching(*rows, first, scores.size());
    for (uint32_t i = 0; i < scores.size(); ++i) {
      Hit hit{.score = scores[i], .key = PrimaryKeyAt(rows->keys, first + i), .row = first + i};
      if (rescores_) hit.score = scorer.Score(rows->fields.at(request_.field), hit.row);
      if (!border || IsBetter(request_.metric, *border, hit.score)) border = hit.score;
      if (matching[i] == 0 || !IsWanted(request_, hit.score, hit.key)) continue;
      if (request_.group_by) {
        hit.group = GroupOf(rows->fields.at(request_.group_by->field), hit.row);
      }
      hits.push_back(std::move(hit));
    }
    const bool is_short = scores.size() < topk;
    // Milvus passes over vectors of length zero, whose cosine is 0.
    if (border && request_.metric == Metric::kCosine) border = std::max(*border, 0.0F);
    if (is_short) {
      VG_ASSIGN_OR_RETURN(const uint64_t matching_rows, CountOnce());
      if (matching_rows > scores.size()) return Sureness::kCompareAll;
      border.reset();
    }
    if (!CutToPage(request_, border, hits)) return Sureness::kAskForMore;
    answers_[query] = {.hits = std::move(hits), .rows = rows};
    return Sureness::kSure;
  }

  [[nodiscard]] std::vector<uint8_t> Matching(const Rows& rows, size_t first, size_t count) const {
    std::vector<uint8_t> out(count, residual_ == nullptr ? 1 : 0);
    if (residual_ == nullptr) return out;
    std::vector<const Column*> columns(layout().schema().fields.size(), nullptr);
    for (const auto& [field, column] : rows.fields) columns[field] = &column;
    const filter::Bitset matching =
        filter::EvaluateRange(*residual_, columns, first, first + count);
    for (size_t i = 0; i < count; ++i) out[i] = matching.Test(i) ? 1 : 0;
    return out;
  }

  Result<uint64_t> CountOnce() {
    if (!count_) {
      VG_ASSIGN_OR_RETURN(count_, scope_.server.Count(scope_.context, layout().collection,
                                                      condition_.expression, scope_.freshness));
    }
    return *count_;
  }

  /// Compares every row of the selection with these queries.
  Status Exactly(const std::vector<size_t>& queries) {
    VG_ASSIGN_OR_RETURN(const Gate::Pass pass,
                        scope_.collection.gate.Enter(scope_.context, Gate::Kind::kRead));
    std::vector<Scorer> scorers;
    for (const size_t query : queries)
      scorers.emplace_back(request_.metric, request_.queries, query);
    std::vector<std::vector<Hit>> found(queries.size());
    std::vector<size_t> fields = needed_;
    AddFields(std::span(&request_.field, 1), fields);
    const uint64_t at_once = RowsAtOnce(layout(), fields);
    Expression rows = condition_.expression;
    while (true) {
      VG_RETURN_IF_ERROR(scope_.context.Check());
      VG_ASSIGN_OR_RETURN(const Rows page, FetchRows(scope_, rows, fields, at_once));
      for (const uint32_t row : MatchingRows(layout(), residual_, page)) {
        for (size_t i = 0; i < queries.size(); ++i) Consider(page, row, scorers[i], found[i]);
      }
      if (page.size() < at_once) break;
      rows = KeyAfter(layout().key(), PrimaryKeyAt(page.keys, page.size() - 1)) &&
             condition_.expression;
    }
    for (std::vector<Hit>& hits : found) CutToPage(request_, std::nullopt, hits);
    return FetchOutputs(queries, found);
  }

  void Consider(const Rows& page, uint32_t row, Scorer& scorer, std::vector<Hit>& hits) {
    Hit hit{.score = scorer.Score(page.fields.at(request_.field), row),
            .key = PrimaryKeyAt(page.keys, row)};
    if (!IsWanted(request_, hit.score, hit.key)) return;
    if (request_.group_by) hit.group = GroupOf(page.fields.at(request_.group_by->field), row);
    hits.push_back(std::move(hit));
    const size_t most = size_t{request_.offset} + request_.k + kSlack;
    if (request_.group_by || hits.size() < 2 * most) return;
    const auto end = hits.begin() + static_cast<std::ptrdiff_t>(most);
    std::nth_element(hits.begin(), end, hits.end(), [&](const Hit& a, const Hit& b) {
      return Precedes(request_.metric, a.score, a.key, b.score, b.key);
    });
    hits.erase(end, hits.end());
  }

  /// Reads the fields of the hits by their keys. REQUIRES: the gate is passed.
  Status FetchOutputs(const std::vector<size_t>& queries, std::vector<std::vector<Hit>>& found) {
    std::vector<PrimaryKey> keys;
    for (const std::vector<Hit>& hits : found) {
      for (const Hit& hit : hits) keys.push_back(hit.key);
    }
    keys = Distinct(std::move(keys));
    auto rows = std::make_shared<Rows>();
    std::vector<size_t> fields = request_.output_fields;
    if (request_.group_by) AddFields(std::span(&request_.group_by->field, 1), fields);
    rows->keys = layout().schema().PrimaryKeyField().MakeColumn();
    for (const size_t field : fields)
      rows->fields.emplace(field, layout().field(field).MakeColumn());
    const size_t step = std::min<size_t>(kKeysAtOnce, RowsAtOnce(layout(), fields));
    for (size_t first = 0; first < keys.size(); first += step) {
      const auto part = std::span(keys).subspan(first, std::min(step, keys.size() - first));
      VG_ASSIGN_OR_RETURN(const Rows page,
                          FetchRows(scope_, KeysIn(layout().key(), part), fields, step));
      for (uint32_t row = 0; row < page.size(); ++row) {
        rows->keys.AppendFrom(page.keys, row);
        for (auto& [field, column] : rows->fields) column.AppendFrom(page.fields.at(field), row);
      }
    }
    std::map<PrimaryKey, uint32_t> places;
    for (uint32_t row = 0; row < rows->size(); ++row) places[PrimaryKeyAt(rows->keys, row)] = row;
    for (size_t i = 0; i < queries.size(); ++i) {
      Answer& answer = answers_[queries[i]];
      answer.rows = rows;
      for (Hit& hit : found[i]) {
        const auto place = places.find(hit.key);
        if (place == places.end()) continue;  // Deleted by another process.
        hit.row = place->second;
        answer.hits.push_back(std::move(hit));
      }
    }
    return Ok();
  }

  SearchResult Assemble() {
    SearchResult out;
    out.keys = layout().schema().PrimaryKeyField().MakeColumn();
    for (const size_t field : request_.output_fields) {
      out.columns.push_back(layout().field(field).MakeColumn());
    }
    if (request_.group_by) out.groups = layout().field(request_.group_by->field).MakeColumn();
    for (const Answer& answer : answers_) {
      out.hits_per_query.push_back(static_cast<uint32_t>(answer.hits.size()));
      for (const Hit& hit : answer.hits) {
        out.scores.push_back(hit.score);
        out.keys.AppendFrom(answer.rows->keys, hit.row);
        for (size_t i = 0; i < out.columns.size(); ++i) {
          out.columns[i].AppendFrom(answer.rows->fields.at(request_.output_fields[i]), hit.row);
        }
        if (out.groups) {
          out.groups->AppendFrom(answer.rows->fields.at(request_.group_by->field), hit.row);
        }
      }
    }
    return out;
  }

  ReadScope& scope_;
  const SearchRequest& request_;
  const Condition condition_;
  const filter::Filter* residual_ = nullptr;
  IndexSpec built_;
  bool rescores_ = false;
  std::vector<size_t> needed_;  ///< Fields that are read to judge hits.
  std::optional<uint64_t> count_;
  std::vector<Answer> answers_;
};

}  // namespace

Result<SearchResult> SearchRows(ReadScope scope, const SearchRequest& request) {
  VG_RETURN_IF_ERROR(CheckSearch(scope.layout().schema(), request));
  return Search(scope, request).Run();
}

}  // namespace vecgate::milvus_engine

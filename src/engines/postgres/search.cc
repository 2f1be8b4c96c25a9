#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/check_search.h"
#include "engines/postgres/distance.h"
#include "engines/postgres/filter_literal.h"
#include "engines/postgres/read.h"
#include "engines/postgres/selection.h"
#include "engines/postgres/values.h"

namespace vecgate::postgres {
namespace {

/// Rows that an index is asked for beyond those wanted, to see ties at the border.
constexpr uint64_t kBeyond = 8;
/// From here on an exact search is no slower.
constexpr uint64_t kMaxByIndex = 10'000;
constexpr uint32_t kDefaultEf = 64;
constexpr uint32_t kMaxEf = 1000;
constexpr uint32_t kDefaultProbes = 8;
constexpr uint32_t kMaxProbes = 32768;

/// Columns of an answer before the output fields.
constexpr size_t kKeyColumn = 0;
constexpr size_t kDistanceColumn = 1;

class Search {
 public:
  Search(const OpContext& context, Connection& connection, const Layout& layout,
         const SearchRequest& request)
      : context_(context), connection_(connection), layout_(layout), request_(request) {}

  Result<SearchResult> Run() {
    VG_RETURN_IF_ERROR(CheckSearch(layout_.schema(), request_));
    wanted_.selection = request_.selection;
    StartAnswer();
    const bool exact_filter = IsExact(layout_, wanted_);
    const size_t queries = request_.queries.num_rows();
    if (exact_filter && queries == 1) {
      VG_RETURN_IF_ERROR(Answer(0));
      return std::move(out_);
    }
    // All see the same rows.
    const auto begun = connection_.Run(
        context_, Statement{.sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"});
    if (!begun.ok()) return begun.error();
    if (!exact_filter) {
      VG_ASSIGN_OR_RETURN(wanted_,
                          MakeExact(context_, connection_, layout_, std::move(wanted_), ""));
      by_keys_ = true;
    }
    for (size_t first = 0; first < queries; first += kQueriesAtOnce) {
      VG_RETURN_IF_ERROR(AnswerSome(first, std::min(queries, first + kQueriesAtOnce)));
    }
    const auto ended = connection_.Run(context_, Statement{.sql = "COMMIT"});
    if (!ended.ok()) return ended.error();
    return std::move(out_);
  }

 private:
  static constexpr size_t kQueriesAtOnce = 32;

  struct Hit {
    float distance = 0;
    PrimaryKey key;
    size_t row = 0;
  };

  void StartAnswer() {
    const CollectionSchema& schema = layout_.schema();
    out_.keys = schema.PrimaryKeyField().MakeColumn();
    for (const size_t field : request_.output_fields) {
      out_.columns.push_back(schema.fields[field].MakeColumn());
    }
    if (request_.group_by) out_.groups = schema.fields[request_.group_by->field].MakeColumn();
  }

  [[nodiscard]] uint64_t Last() const { return uint64_t{request_.offset} + request_.k; }

  [[nodiscard]] bool MayUseIndex() const {
    const auto index = layout_.indexes.find(request_.field);
    return index != layout_.indexes.end() && !index->second.name.empty() &&
           index->second.spec.metric == request_.metric && !request_.group_by && !request_.after &&
           !request_.range_filter && !by_keys_ && Last() <= kMaxByIndex;
  }

  Status Answer(size_t query) { return AnswerSome(query, query + 1); }

  Status AnswerSome(size_t first, size_t end) {
    const bool by_index = MayUseIndex();
    std::vector<Statement> statements;
    if (by_index) AddSettings(statements);
    const size_t settings = statements.size();
    for (size_t query = first; query < end; ++query) {
      statements.push_back(by_index ? ByIndex(query) : Exactly(query));
    }
    VG_ASSIGN_OR_RETURN(const std::vector<Rows> answers, connection_.Run(context_, statements));
    for (size_t query = first; query < end; ++query) {
      const Rows& rows = answers[settings + query - first];
      VG_ASSIGN_OR_RETURN(std::vector<Hit> hits, HitsOf(rows));
      if (by_index && !CutToPage(hits)) {
        VG_ASSIGN_OR_RETURN(const Rows exact, connection_.Run(context_, Exactly(query)));
        VG_ASSIGN_OR_RETURN(hits, HitsOf(exact));
        VG_RETURN_IF_ERROR(Append(exact, hits));
        continue;
      }
      VG_RETURN_IF_ERROR(Append(rows, hits));
    }
    return Ok();
  }

  void AddSettings(std::vector<Statement>& statements) {
    const auto set = [&](const std::string& name, uint64_t value) {
      const std::string text = std::to_string(value);
      if (connection_.settings[name] == text) return;
      connection_.settings[name] = text;
      statements.push_back({.sql = fmt::format("SET {} = {}", name, text)});
    };
    if (layout_.indexes.at(request_.field).spec.type == IndexType::kIvfFlat) {
      set("ivfflat.probes", std::clamp(request_.nprobe.value_or(kDefaultProbes), 1U, kMaxProbes));
    } else {
      const uint64_t ef = std::max<uint64_t>(request_.ef.value_or(kDefaultEf), Last() + kBeyond);
      set("hnsw.ef_search", std::min<uint64_t>(ef, kMaxEf));
    }
  }

  [[nodiscard]] std::string QuerySql(SqlBuilder& builder, size_t query) const {
    const FieldSchema& field = layout_.schema().fields[request_.field];
    return fmt::format("{}::{}", builder.Add(VectorParameter(field, request_.queries, query)),
                       SqlType(field));
  }

  /// What is read of each hit, `distance` being SQL for its distance.
  [[nodiscard]] std::string Columns(const std::string& distance) const {
    std::string out = layout_.Read(layout_.schema().PrimaryKeyIndex()) + ", " + distance;
    if (request_.group_by) out += ", " + layout_.Read(request_.group_by->field);
    for (const size_t field : request_.output_fields) out += ", " + layout_.Read(field);
    return out;
  }

  [[nodiscard]] std::string Vector() const { return layout_.Read(request_.field); }

  /// The condition for rows that can be hits.
  std::string Where(SqlBuilder& builder) const {
    std::string out = ConditionOf(layout_, wanted_, builder).sql;
    if (layout_.is_attached)
      out += fmt::format(" AND {} IS NOT NULL", layout_.columns[request_.field]);
    return out;
  }

  [[nodiscard]] Statement ByIndex(size_t query) const {
    SqlBuilder builder;
    const std::string vector = QuerySql(builder, query);
    const std::string distance =
        DistanceSql(layout_.schema().fields[request_.field], request_.metric, Vector(), vector);
    const std::string where = Where(builder);
    const bool plain = wanted_.selection.filter == nullptr && wanted_.selection.partitions.empty();
    return {.sql = fmt::format("SELECT {} FROM {} WHERE {} ORDER BY {} {} {} LIMIT {}",
                               Columns(distance), layout_.table.Quoted(), where,
                               layout_.columns[request_.field], DistanceOperator(request_.metric),
                               vector, Last() + kBeyond),
            .parameters = builder.TakeParameters(),
            // With a filter the plan depends on what the filter asks for.
            .reuse = plain ? Statement::Reuse::kPrepared : Statement::Reuse::kOnce};
  }

  [[nodiscard]] Statement Exactly(size_t query) const {
    SqlBuilder builder;
    const std::string vector = QuerySql(builder, query);
    const std::string distance =
        DistanceSql(layout_.schema().fields[request_.field], request_.metric, Vector(), vector);
    const std::string scored = fmt::format("SELECT *, {} AS \"$distance\" FROM {} WHERE {}",
                                           distance, layout_.table.Quoted(), Where(builder));
    const std::string within =
        fmt::format("SELECT * FROM ({}) AS scored WHERE {}", scored, Borders(builder));
    const std::string sql = request_.group_by ? GroupedSql(within) : PageSql(within);
    return {.sql = sql, .parameters = builder.TakeParameters()};
  }

  [[nodiscard]] std::string Order() const { return "\"$distance\", " + layout_.KeyOrder(); }

  [[nodiscard]] std::string PageSql(const std::string& rows) const {
    return fmt::format("SELECT {} FROM ({}) AS hits ORDER BY {} OFFSET {} LIMIT {}",
                       Columns("\"$distance\""), rows, Order(), request_.offset, request_.k);
  }

  /// Groups are counted in the order of their best hits; nulls are one group.
  [[nodiscard]] std::string GroupedSql(const std::string& rows) const {
    const std::string& group = layout_.columns[request_.group_by->field];
    return fmt::format(
        "WITH ranked AS (SELECT *, row_number() OVER (PARTITION BY {group} ORDER BY {order}) AS "
        "\"$rank\" FROM ({rows}) AS hits), leaders AS (SELECT {group} AS \"$group\", row_number() "
        "OVER (ORDER BY {order}) AS \"$place\" FROM ranked WHERE \"$rank\" = 1) SELECT {columns} "
        "FROM ranked JOIN leaders ON {group} IS NOT DISTINCT FROM \"$group\" WHERE \"$rank\" <= "
        "{size} AND \"$place\" > {first} AND \"$place\" <= {last} ORDER BY {order}",
        fmt::arg("group", group), fmt::arg("order", Order()), fmt::arg("rows", rows),
        fmt::arg("columns", Columns("\"$distance\"")),
        fmt::arg("size", request_.group_by->group_size), fmt::arg("first", request_.offset),
        fmt::arg("last", Last()));
  }

  /// Range and cursor, in distances.
  std::string Borders(SqlBuilder& builder) const {
    std::string out = "true";
    const auto add = [&](std::string_view sign, float score) {
      const float border = ScoreOf(request_.metric, score);  // Its own inverse.
      out += fmt::format(" AND \"$distance\" {} {}::real", sign,
                         builder.Add(TextParameter(NumberText(border))));
    };
    if (request_.radius) add("<", *request_.radius);
    if (request_.range_filter) add(">=", *request_.range_filter);
    if (request_.after) {
      const FieldSchema& key = layout_.schema().PrimaryKeyField();
      const std::string distance =
          builder.Add(TextParameter(NumberText(ScoreOf(request_.metric, request_.after->score))));
      out += fmt::format(
          " AND (\"$distance\" > {0}::real OR (\"$distance\" = {0}::real AND {1} > "
          "({2}::{3}[])[1]))",
          distance, layout_.KeyOrder(),
          builder.Add(KeysParameter(key, std::span(&request_.after->key, 1))), SqlType(key));
    }
    return out;
  }

  Result<std::vector<Hit>> HitsOf(const Rows& rows) const {
    FieldSchema real;
    real.type = DataType::kFloat;
    Column distances = real.MakeColumn();
    Column keys = out_.keys.EmptyLike();
    std::vector<Hit> hits;
    for (size_t row = 0; row < rows.size(); ++row) {
      VG_RETURN_IF_ERROR(ReadValue(real, rows, row, kDistanceColumn, distances));
      VG_RETURN_IF_ERROR(
          ReadValue(layout_.schema().PrimaryKeyField(), rows, row, kKeyColumn, keys));
      hits.push_back({distances.As<float>()[row], PrimaryKeyAt(keys, row), row});
    }
    return hits;
  }

  /// Of what the index gave, the hits of the page. False when the index may have missed some.
  [[nodiscard]] bool CutToPage(std::vector<Hit>& hits) const {
    std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
      return a.distance != b.distance ? a.distance < b.distance : a.key < b.key;
    });
    const bool full = hits.size() == Last() + kBeyond;
    if (hits.size() < Last()) {
      // With a radius all that are wanted are there once one is that lies beyond it.
      if (!request_.radius || hits.empty() || InRadius(hits.back())) return false;
    } else if (full && Last() > 0 && hits[Last() - 1].distance == hits.back().distance) {
      return false;
    }
    if (request_.radius) {
      while (!hits.empty() && !InRadius(hits.back())) hits.pop_back();
    }
    const size_t begin = std::min<size_t>(request_.offset, hits.size());
    hits.resize(std::min<size_t>(Last(), hits.size()));
    hits.erase(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(begin));
    return true;
  }

  [[nodiscard]] bool InRadius(const Hit& hit) const {
    return hit.distance < ScoreOf(request_.metric, *request_.radius);
  }

  Status Append(const Rows& rows, const std::vector<Hit>& hits) {
    const CollectionSchema& schema = layout_.schema();
    out_.hits_per_query.push_back(static_cast<uint32_t>(hits.size()));
    for (const Hit& hit : hits) {
      out_.scores.push_back(ScoreOf(request_.metric, hit.distance));
      VG_RETURN_IF_ERROR(ReadValue(schema.PrimaryKeyField(), rows, hit.row, kKeyColumn, out_.keys));
      size_t column = kDistanceColumn + 1;
      if (out_.groups) {
        const FieldSchema& group = schema.fields[request_.group_by->field];
        VG_RETURN_IF_ERROR(ReadValue(group, rows, hit.row, column++, *out_.groups));
      }
      for (size_t i = 0; i < out_.columns.size(); ++i) {
        const FieldSchema& field = schema.fields[request_.output_fields[i]];
        VG_RETURN_IF_ERROR(ReadValue(field, rows, hit.row, column++, out_.columns[i]));
      }
    }
    return Ok();
  }

  const OpContext& context_;
  Connection& connection_;
  const Layout& layout_;
  const SearchRequest& request_;
  Wanted wanted_;
  bool by_keys_ = false;
  SearchResult out_;
};

}  // namespace

Result<SearchResult> SearchRows(const OpContext& context, Connection& connection,
                                const Layout& layout, const SearchRequest& request) {
  return Search(context, connection, layout, request).Run();
}

}  // namespace vecgate::postgres

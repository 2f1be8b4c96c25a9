#include "engines/postgres/postgres_engine.h"

#include <fmt/format.h>

#include <utility>

#include "engines/postgres/attach.h"
#include "engines/postgres/catalog.h"
#include "engines/postgres/identifier.h"
#include "engines/postgres/index_plan.h"
#include "engines/postgres/read.h"
#include "engines/postgres/sessions.h"
#include "engines/postgres/sql_state.h"
#include "engines/postgres/stats.h"
#include "engines/postgres/write.h"

namespace vecgate::postgres {
namespace {

constexpr size_t kMaxConnections = 100;
/// Open() waits no longer for a server that does not answer.
constexpr std::chrono::seconds kOpenLimit{15};

Status CheckOptions(const PostgresOptions& options) {
  const auto refuse = [](std::string message) {
    return InvalidArgument(std::move(message), Subject::kConfig);
  };
  if (options.max_connections < 1 || options.max_connections > kMaxConnections) {
    return refuse(fmt::format("postgres.max_connections has to be 1 to {}, found {}",
                              kMaxConnections, options.max_connections));
  }
  const bool named = !options.schema.empty() && options.schema.size() <= kMaxIdentifierBytes &&
                     options.schema.find('\0') == std::string::npos;
  if (!named) {
    return refuse(fmt::format("postgres.schema has to be a name of 1 to {} bytes, found '{}'",
                              kMaxIdentifierBytes, options.schema));
  }
  if (options.max_attempts < 1) return refuse("postgres.max_attempts has to be 1 or more");
  return Connection::CheckDsn(options.dsn);
}

Error NoUpkeep(std::string_view what) {
  return Unimplemented(
      fmt::format("{} is not available on PostgreSQL, whose own tools look after indexes: REINDEX "
                  "INDEX CONCURRENTLY, pg_stat_user_indexes; the embedded engine has it",
                  what),
      Subject::kIndex);
}

}  // namespace

struct PostgresEngine::Core {
  explicit Core(PostgresOptions given)
      : options(std::move(given)),
        catalog(options.schema),
        sessions(options, [this](const OpContext& context, Connection& connection) {
          return catalog.Validate(context, connection);
        }) {}

  /// Runs `work(connection, layout)` for a collection that exists.
  template <typename Work>
  auto With(const OpContext& context, CollectionId collection, Work&& work)
      -> decltype(work(std::declval<Connection&>(), std::declval<const Layout&>())) {
    using Outcome = decltype(work(std::declval<Connection&>(), std::declval<const Layout&>()));
    return Run(context, [&](Connection& connection) -> Outcome {
      VG_ASSIGN_OR_RETURN(const auto layout, catalog.Find(context, connection, collection));
      Outcome outcome = work(connection, *layout);
      if (outcome.ok()) return outcome;
      const std::string why = connection.last_state();
      if (why != state::kUndefinedTable && why != state::kUndefinedColumn) return outcome;
      // Another gateway may have dropped it.
      catalog.Forget(collection);
      const auto now = catalog.Read(context, connection, collection);
      if (!now.ok()) return now.error();
      return outcome;
    });
  }

  template <typename Work>
  auto Run(const OpContext& context, Work&& work) -> decltype(work(std::declval<Connection&>())) {
    const Status wanted = context.Check();
    if (!wanted.ok()) return wanted.error();
    return sessions.Run(context, work);
  }

  const PostgresOptions options;
  Catalog catalog;
  Sessions sessions;
};

PostgresEngine::PostgresEngine(std::unique_ptr<Core> core) : core_(std::move(core)) {}
PostgresEngine::~PostgresEngine() = default;

Result<std::unique_ptr<PostgresEngine>> PostgresEngine::Open(PostgresOptions options) {
  VG_RETURN_IF_ERROR(CheckOptions(options));
  std::unique_ptr<PostgresEngine> engine(
      new PostgresEngine(std::make_unique<Core>(std::move(options))));
  const Status healthy = engine->CheckHealth(OpContext::WithTimeout(kOpenLimit));
  if (healthy.ok()) return engine;
  const Code code = healthy.error().code;
  const bool passes = code == Code::kUnavailable || code == Code::kDeadlineExceeded ||
                      code == Code::kResourceExhausted || code == Code::kAborted;
  if (!passes) {
    Error error = healthy.error();
    error.subject = Subject::kConfig;
    return error;
  }
  if (engine->core_->options.warn) {
    engine->core_->options.warn("PostgreSQL does not serve yet, calls will fail until it does: " +
                                healthy.error().message);
  }
  return engine;
}

Capabilities PostgresEngine::GetCapabilities() const {
  return {.engine = "postgres",
          .vector_indexes = VectorIndexTypes(),
          .binary_indexes = BinaryIndexTypes(),
          .scalar_indexes = ScalarIndexTypesOfPostgres(),
          .metrics = {Metric::kL2, Metric::kInnerProduct, Metric::kCosine, Metric::kHamming,
                      Metric::kJaccard},
          .durable = true,
          .shared = true,
          .keeps_json_text = false,
          .keeps_nul = false};
}

Result<std::vector<CollectionSpec>> PostgresEngine::ListCollections(const OpContext& context) {
  return core_->Run(
      context, [&](Connection& connection) { return core_->catalog.List(context, connection); });
}

Status PostgresEngine::CreateCollection(const OpContext& context, const CollectionSpec& spec) {
  VG_RETURN_IF_ERROR(context.Check());
  VG_ASSIGN_OR_RETURN(const Layout layout, LayOut(spec, core_->options.schema));
  return core_->Run(context, [&](Connection& connection) -> Status {
    if (layout.is_attached) VG_RETURN_IF_ERROR(CheckAttachable(context, connection, layout));
    return core_->catalog.Create(context, connection, layout);
  });
}

Status PostgresEngine::DropCollection(const OpContext& context, CollectionId collection) {
  return core_->Run(context, [&](Connection& connection) {
    return core_->catalog.Drop(context, connection, collection);
  });
}

Status PostgresEngine::CreateIndex(const OpContext& context, CollectionId collection,
                                   const IndexSpec& index) {
  return core_->With(context, collection, [&](Connection& connection, const Layout& /*known*/) {
    return core_->catalog.BuildIndex(context, connection, collection, index);
  });
}

Status PostgresEngine::DropIndex(const OpContext& context, CollectionId collection, size_t field) {
  return core_->With(context, collection, [&](Connection& connection, const Layout& /*known*/) {
    return core_->catalog.DropIndex(context, connection, collection, field);
  });
}

// Keys are unique whatever the mode, so both modes write alike.
Result<WriteResult> PostgresEngine::Write(const OpContext& context, CollectionId collection,
                                          WriteMode /*mode*/, const RowBatch& batch) {
  return core_->With(context, collection, [&](Connection& connection, const Layout& layout) {
    return WriteRows(context, connection, core_->catalog, layout, batch);
  });
}

Result<DeleteResult> PostgresEngine::Delete(const OpContext& context, CollectionId collection,
                                            const DeleteRequest& request) {
  return core_->With(context, collection, [&](Connection& connection, const Layout& layout) {
    return DeleteRows(context, connection, core_->catalog, layout, request);
  });
}

Result<SearchResult> PostgresEngine::Search(const OpContext& context, CollectionId collection,
                                            const SearchRequest& request) {
  return core_->With(context, collection, [&](Connection& connection, const Layout& layout) {
    return SearchRows(context, connection, layout, request);
  });
}

Result<QueryResult> PostgresEngine::Query(const OpContext& context, CollectionId collection,
                                          const QueryRequest& request) {
  return core_->With(context, collection, [&](Connection& connection, const Layout& layout) {
    return QueryRows(context, connection, layout, request);
  });
}

Result<IndexInspection> PostgresEngine::InspectIndex(const OpContext& /*context*/,
                                                     CollectionId /*collection*/,
                                                     const InspectRequest& /*request*/) {
  return NoUpkeep("inspecting an index");
}

Status PostgresEngine::RebuildIndexes(const OpContext& /*context*/, CollectionId /*collection*/) {
  return NoUpkeep("rebuilding indexes");
}

Result<CollectionStats> PostgresEngine::Stats(const OpContext& context, CollectionId collection) {
  return core_->With(
      context, collection,
      [&](Connection& connection, const Layout& /*known*/) -> Result<CollectionStats> {
        VG_ASSIGN_OR_RETURN(const auto layout,
                            core_->catalog.Read(context, connection, collection));
        return ReadStats(context, connection, *layout);
      });
}

// What was committed is durable.
Status PostgresEngine::Flush(const OpContext& context, CollectionId collection) {
  return core_->With(context, collection,
                     [](Connection& /*connection*/, const Layout& /*layout*/) { return Ok(); });
}

Status PostgresEngine::CheckHealth(const OpContext& context) {
  return core_->Run(context, [&](Connection& connection) -> Status {
    const auto answer = connection.Run(context, Statement{.sql = "SELECT 1"});
    return answer.ok() ? Ok() : Status(answer.error());
  });
}

}  // namespace vecgate::postgres

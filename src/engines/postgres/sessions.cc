#include "engines/postgres/sessions.h"

#include <algorithm>

#include "base/pause.h"
#include "engines/postgres/identifier.h"
#include "engines/postgres/sql_state.h"

namespace vecgate::postgres {
namespace {

/// How soon a call that waits for its next attempt notices that it was cancelled.
constexpr std::chrono::milliseconds kCancelCheck{20};

/// Gateways that were cut off together should not come back together.
uint64_t SeedOf(const void* object) {
  return reinterpret_cast<uintptr_t>(object) ^
         static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

/// Where the types and operators of pgvector lie, and nothing else besides PostgreSQL's own.
Status SetUp(const OpContext& context, Connection& connection) {
  VG_ASSIGN_OR_RETURN(
      const Rows home,
      connection.Run(context, Statement{.sql = "SELECT n.nspname::text FROM pg_extension e JOIN "
                                               "pg_namespace n ON n.oid = e.extnamespace "
                                               "WHERE e.extname = 'vector'"}));
  const std::string schema = home.size() == 0 ? "public" : home.Text(0, 0);
  std::vector<Statement> statements = {{.sql = "SET search_path = " + QuoteIdentifier(schema)},
                                       {.sql = "SET hnsw.iterative_scan = strict_order"},
                                       {.sql = "SET ivfflat.iterative_scan = relaxed_order"},
                                       {.sql = "SET extra_float_digits = 1"}};
  // Ends what nobody waits for any more; there since PostgreSQL 14.
  if (connection.server_version() >= 140000) {
    statements.push_back({.sql = "SET client_connection_check_interval = '1s'"});
  }
  const auto set = connection.Run(context, statements);
  return set.ok() ? Ok() : Status(set.error());
}

}  // namespace

Sessions::Sessions(const PostgresOptions& options, Validate validate)
    : options_(options),
      validate_(std::move(validate)),
      rng_(SeedOf(this)),
      pool_({.max_connections = options.max_connections, .max_wait = options.pool_wait},
            [this](const OpContext& context) { return Open(context); }) {}

Result<std::unique_ptr<Connection>> Sessions::Open(const OpContext& context) const {
  return Connection::Open(context, {.dsn = options_.dsn,
                                    .connect_timeout = options_.connect_timeout,
                                    .max_wait = options_.max_wait});
}

Result<Pool::Lease> Sessions::Ready(const OpContext& context, std::string& state) {
  auto lease = pool_.Borrow(context);
  if (!lease.ok()) {
    // Only a server that is not there is worth another attempt; a full pool was waited for.
    if (lease.error().code == Code::kUnavailable) state = state::kConnectionFailure;
    return lease.error();
  }
  Connection& connection = **lease;
  const auto failed = [&](const Status& status) {
    state = connection.last_state();
    return status.error();
  };
  // Several may validate at once: it is idempotent, and the database's own lock orders them.
  if (!validated_) {
    const Status valid = validate_(context, connection);
    if (!valid.ok()) return failed(valid);
    validated_ = true;
  }
  if (connection.made.contains("session")) return lease;
  const Status ready = SetUp(context, connection);
  if (!ready.ok()) return failed(ready);
  connection.made.insert("session");
  return lease;
}

bool Sessions::MayRepeat(const OpContext& context, const std::string& state, size_t attempt) const {
  return attempt < options_.max_attempts && IsTransient(state) && context.Check().ok();
}

Status Sessions::BackOff(const OpContext& context, size_t attempt) {
  const auto doubled = options_.first_backoff * (int64_t{1} << std::min<size_t>(attempt - 1, 20));
  const double whole = static_cast<double>(std::min(doubled, options_.max_backoff).count());
  const double share = 0.5 + 0.5 * rng_.Lock()->Unit();
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::milliseconds(static_cast<int64_t>(whole * share));
  while (std::chrono::steady_clock::now() < end) {
    VG_RETURN_IF_ERROR(context.Check());
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    Pause(std::clamp(left, std::chrono::milliseconds(1), kCancelCheck));
  }
  return Ok();
}

}  // namespace vecgate::postgres

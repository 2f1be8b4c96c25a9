#include "engines/postgres/sessions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/pause.h"
#include "engines/postgres/identifier.h"
#include "engines/postgres/sql_state.h"
#include "engines/postgres/values.h"

namespace vecgate::postgres {
namespace {

/// How soon a call that waits for its next attempt notices that it was cancelled.
constexpr std::chrono::milliseconds kCancelCheck{20};

/// Gateways that were cut off together should not come back together.
uint64_t SeedOf(const void* object) {
  return reinterpret_cast<uintptr_t>(object) ^
         static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

/// How long a session that was given up may take to end.
constexpr std::chrono::seconds kEndLimit{5};
constexpr std::chrono::milliseconds kEndCheck{2};

/// Where the types and operators of pgvector lie, and nothing else besides PostgreSQL's own; and
/// who the session is.
Status SetUp(const OpContext& context, Connection& connection) {
  const std::vector<Statement> questions = {
      {.sql = "SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = "
              "e.extnamespace WHERE e.extname = 'vector'"},
      {.sql = "SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = "
              "pg_backend_pid()"}};
  VG_ASSIGN_OR_RETURN(const std::vector<Rows> answers, connection.Run(context, questions));
  const std::string schema = answers[0].size() == 0 ? "public" : answers[0].Text(0, 0);
  if (answers[1].size() > 0) {
    connection.name = {.pid = answers[1].Int(0, 0), .begun = answers[1].Text(0, 1)};
  }
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
  if (!connection.made.contains("session")) {
    const Status ready = SetUp(context, connection);
    if (!ready.ok()) return failed(ready);
    connection.made.insert("session");
  }
  const Status ended = EndAbandoned(context, connection);
  if (!ended.ok()) return failed(ended);
  return lease;
}

void Sessions::NoteIfAbandoned(const Connection& connection) {
  if (connection.was_given_up() && connection.name.pid != 0) {
    abandoned_.Lock()->push_back(connection.name);
  }
}

Status Sessions::EndAbandoned(const OpContext& context, Connection& connection) {
  const std::vector<SessionName> abandoned = *abandoned_.LockShared();
  const auto limit = std::chrono::steady_clock::now() + kEndLimit;
  for (const SessionName& session : abandoned) {
    // Asked again until it is seen gone: a second signal to a process that ends does nothing.
    const Statement end{
        .sql =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1::bigint AND "
            "backend_start = $2::text::timestamptz",
        .parameters = {IntParameter(session.pid), TextParameter(session.begun)}};
    for (;;) {
      VG_ASSIGN_OR_RETURN(const Rows still, connection.Run(context, end));
      if (still.size() == 0) break;
      if (std::chrono::steady_clock::now() >= limit) {
        return Unavailable(fmt::format(
            "session {} of {}, whose call was given up, does not end; what it still does could "
            "undo a write that comes now",
            session.pid, connection.ServerName()));
      }
      Pause(kEndCheck);
    }
    std::erase_if(*abandoned_.Lock(), [&](const SessionName& other) {
      return other.pid == session.pid && other.begun == session.begun;
    });
  }
  return Ok();
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

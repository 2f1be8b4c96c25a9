#include "engines/postgres/connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "engines/postgres/sql_state.h"

namespace vecgate::postgres {
namespace {

/// How soon a cancelled call notices.
constexpr std::chrono::milliseconds kCancelCheck{20};
constexpr std::chrono::milliseconds kRollbackLimit{1000};
/// Statements that a connection keeps prepared; then it forgets them all.
constexpr size_t kMaxPrepared = 256;

void Silence(void* /*argument*/, const PGresult* /*notice*/) {}

std::string Field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string() : std::string(text);
}

std::string Trimmed(std::string_view text) {
  const size_t end = text.find_last_not_of(" \n");
  return std::string(text.substr(0, end == std::string_view::npos ? 0 : end + 1));
}

/// What a failed connection attempt says. libpq gives the SQLSTATE only within its text, verbose:
/// "…FATAL:  28P01: password authentication failed…\nLOCATION:  …".
ServerMessage StartupMessage(const char* text) {
  ServerMessage out{.state = std::string(state::kConnectionFailure),
                    .primary = Trimmed(text == nullptr ? "" : text)};
  const size_t location = out.primary.find("\nLOCATION:");
  if (location != std::string::npos) out.primary.resize(location);
  const size_t severity = out.primary.find("FATAL:  ");
  if (severity == std::string::npos) return out;
  const std::string_view rest = std::string_view(out.primary).substr(severity + 8);
  constexpr size_t kStateLength = 5;
  if (rest.size() < kStateLength + 2 || rest[kStateLength] != ':') return out;
  return {.state = std::string(rest.substr(0, kStateLength)),
          .primary = std::string(rest.substr(kStateLength + 2))};
}

}  // namespace

Status Connection::CheckDsn(const Secret<std::string>& dsn) {
  char* ignored = nullptr;
  PQconninfoOption* options = PQconninfoParse(dsn.Reveal().c_str(), &ignored);
  // libpq's own message may quote any part of the text, the password too.
  PQfreemem(ignored);
  if (options == nullptr) {
    return InvalidArgument(
        "the DSN of PostgreSQL is not understood: keywords as in 'host=… port=… dbname=… user=…' "
        "or a postgresql:// URI are wanted, special characters percent-encoded in the URI",
        Subject::kConfig);
  }
  PQconninfoFree(options);
  return Ok();
}

Result<std::unique_ptr<Connection>> Connection::Open(const OpContext& context,
                                                     const Options& options) {
  VG_RETURN_IF_ERROR(CheckDsn(options.dsn));
  // What the DSN says holds over what stands before it.
  const char* keywords[] = {"application_name",
                            "keepalives_idle",
                            "keepalives_interval",
                            "keepalives_count",
                            "client_encoding",
                            "dbname",
                            nullptr};
  const char* values[] = {"vecgate", "10", "5", "3", "UTF8", options.dsn.Reveal().c_str(), nullptr};
  PGconn* started = PQconnectStartParams(keywords, values, 1);
  if (started == nullptr) return ResourceExhausted("no memory for a connection to PostgreSQL");
  std::unique_ptr<Connection> out(new Connection(started));
  out->max_wait_ = options.max_wait;
  const auto now = Clock::now();
  OpContext connecting = context;
  connecting.deadline = std::min(context.deadline, now + options.connect_timeout);
  Status connected = out->FinishConnecting(connecting);
  if (!connected.ok()) {
    const bool own_limit =
        connected.error().code == Code::kDeadlineExceeded && context.Check().ok();
    if (own_limit) {
      return Unavailable(fmt::format("PostgreSQL ({}) did not answer within {} ms",
                                     out->ServerName(), options.connect_timeout.count()));
    }
    return connected.error();
  }
  return out;
}

Status Connection::FinishConnecting(const OpContext& context) {
  wait_limit_ = context.deadline;
  PQsetErrorVerbosity(connection_, PQERRORS_VERBOSE);
  PQsetNoticeReceiver(connection_, Silence, nullptr);
  PostgresPollingStatusType step = PGRES_POLLING_WRITING;
  while (step != PGRES_POLLING_OK) {
    if (PQstatus(connection_) == CONNECTION_BAD || step == PGRES_POLLING_FAILED) {
      const ServerMessage message = StartupMessage(PQerrorMessage(connection_));
      last_state_ = message.state;
      given_up_ = true;
      return ErrorOf(message);
    }
    VG_RETURN_IF_ERROR(Wait(context, step == PGRES_POLLING_READING ? POLLIN : POLLOUT));
    step = PQconnectPoll(connection_);
  }
  PQsetErrorVerbosity(connection_, PQERRORS_DEFAULT);
  PQsetnonblocking(connection_, 1);
  return Ok();
}

Connection::~Connection() { PQfinish(connection_); }

Result<Rows> Connection::Run(const OpContext& context, const Statement& statement) {
  VG_ASSIGN_OR_RETURN(std::vector<Rows> rows, Run(context, std::span(&statement, 1)));
  return std::move(rows.front());
}

Result<std::vector<Rows>> Connection::Run(const OpContext& context,
                                          std::span<const Statement> statements,
                                          std::optional<std::chrono::milliseconds> max_wait) {
  VG_RETURN_IF_ERROR(context.Check());
  wait_limit_ = Clock::now() + max_wait.value_or(max_wait_);
  last_state_.clear();
  if (PQenterPipelineMode(connection_) == 0) return Broken();
  std::vector<std::string> preparing;
  for (const Statement& statement : statements) {
    VG_RETURN_IF_ERROR(Send(statement, preparing));
  }
  if (PQpipelineSync(connection_) == 0) return Broken();
  std::vector<Rows> out;
  Status collected = Collect(context, statements, preparing, out);
  if (!given_up_ && PQexitPipelineMode(connection_) == 0) return Broken();
  if (!collected.ok()) {
    // What was set may have been rolled back with the rest.
    settings.clear();
    RollBack();
    return collected.error();
  }
  return out;
}

/// `preparing` has an entry a statement: the text that is prepared before it, or nothing.
Status Connection::Send(const Statement& statement, std::vector<std::string>& preparing) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
  for (const Parameter& parameter : statement.parameters) {
    values.push_back(parameter.value ? parameter.value->c_str() : nullptr);
    lengths.push_back(parameter.value ? static_cast<int>(parameter.value->size()) : 0);
    formats.push_back(parameter.format == Parameter::Format::kBinary ? 1 : 0);
  }
  const int count = static_cast<int>(values.size());
  preparing.emplace_back();
  if (statement.reuse == Statement::Reuse::kOnce) {
    const int sent = PQsendQueryParams(connection_, statement.sql.c_str(), count, nullptr,
                                       values.data(), lengths.data(), formats.data(), 1);
    return sent == 1 ? Ok() : Status(Broken());
  }
  auto [known, fresh] = prepared_.try_emplace(statement.sql, fmt::format("s{}", prepared_ever_));
  if (fresh) {
    ++prepared_ever_;
    preparing.back() = statement.sql;
    if (PQsendPrepare(connection_, known->second.c_str(), statement.sql.c_str(), 0, nullptr) == 0) {
      return Broken();
    }
  }
  const int sent = PQsendQueryPrepared(connection_, known->second.c_str(), count, values.data(),
                                       lengths.data(), formats.data(), 1);
  return sent == 1 ? Ok() : Status(Broken());
}

Status Connection::Collect(const OpContext& context, std::span<const Statement> statements,
                           const std::vector<std::string>& preparing, std::vector<Rows>& out) {
  std::optional<Error> failed;
  const auto take = [&](bool keep) -> Status {
    VG_ASSIGN_OR_RETURN(PGresult * result, NextResult(context));
    Rows rows(result);
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR && !failed) failed = Refused(result);
    if (keep) out.push_back(std::move(rows));
    if (PQstatus(connection_) == CONNECTION_BAD) return failed ? *failed : Broken();
    VG_ASSIGN_OR_RETURN(PGresult * end, NextResult(context));
    return end == nullptr ? Ok() : Status(Internal("PostgreSQL gave more results than statements"));
  };
  for (size_t i = 0; i < statements.size(); ++i) {
    if (!preparing[i].empty()) {
      VG_RETURN_IF_ERROR(take(false));
      // Not prepared, or not known whether: its name is free for the next time.
      if (failed) prepared_.erase(preparing[i]);
    }
    VG_RETURN_IF_ERROR(take(true));
  }
  VG_ASSIGN_OR_RETURN(PGresult * sync, NextResult(context));
  const Rows synced(sync);
  if (failed) return *failed;
  return Ok();
}

Result<pg_result*> Connection::NextResult(const OpContext& context) {
  VG_RETURN_IF_ERROR(Flush(context));
  while (PQisBusy(connection_) != 0) {
    VG_RETURN_IF_ERROR(Wait(context, POLLIN));
    if (PQconsumeInput(connection_) == 0) break;  // PQgetResult says what happened.
  }
  return PQgetResult(connection_);
}

Status Connection::Flush(const OpContext& context) {
  for (;;) {
    const int left = PQflush(connection_);
    if (left < 0) return Broken();
    if (left == 0) return Ok();
    // The server may wait until its answers are read.
    VG_RETURN_IF_ERROR(Wait(context, POLLIN | POLLOUT));
    if (PQconsumeInput(connection_) == 0) return Broken();
  }
}

Status Connection::CopyIn(const OpContext& context, const std::string& sql,
                          FunctionRef<std::string_view()> next) {
  VG_RETURN_IF_ERROR(context.Check());
  wait_limit_ = Clock::now() + max_wait_;
  last_state_.clear();
  if (PQsendQuery(connection_, sql.c_str()) == 0) return Broken();
  VG_ASSIGN_OR_RETURN(PGresult * started, NextResult(context));
  Rows opening(started);
  // What stands before COPY is done when its turn comes.
  while (PQresultStatus(started) == PGRES_COMMAND_OK) {
    VG_ASSIGN_OR_RETURN(started, NextResult(context));
    opening = Rows(started);
  }
  std::optional<Error> failed;
  if (PQresultStatus(started) != PGRES_COPY_IN) {
    failed = Refused(started);
  } else {
    for (std::string_view chunk = next(); !chunk.empty(); chunk = next()) {
      int sent = 0;
      while ((sent = PQputCopyData(connection_, chunk.data(), static_cast<int>(chunk.size()))) ==
             0) {
        VG_RETURN_IF_ERROR(Wait(context, POLLOUT));
      }
      if (sent < 0) return Broken();
      VG_RETURN_IF_ERROR(Flush(context));
    }
    int ended = 0;
    while ((ended = PQputCopyEnd(connection_, nullptr)) == 0) {
      VG_RETURN_IF_ERROR(Wait(context, POLLOUT));
    }
    if (ended < 0) return Broken();
    VG_ASSIGN_OR_RETURN(PGresult * done, NextResult(context));
    const Rows closing(done);
    if (PQresultStatus(done) != PGRES_COMMAND_OK) failed = Refused(done);
  }
  if (PQstatus(connection_) == CONNECTION_BAD) return failed ? *failed : Broken();
  VG_ASSIGN_OR_RETURN(PGresult * end, NextResult(context));
  const Rows rest(end);
  if (!failed) return Ok();
  RollBack();
  return *failed;
}

Status Connection::Wait(const OpContext& context, short events) {
  for (;;) {
    const Status wanted = context.Check();
    if (!wanted.ok()) return GiveUp(wanted.error());
    const auto now = Clock::now();
    if (now >= wait_limit_) {
      return GiveUp(DeadlineExceeded(
          fmt::format("PostgreSQL ({}) did not answer within the limit", ServerName())));
    }
    const auto left = std::min(wait_limit_, context.deadline) - now;
    // Rounded up, so that the last wait is no spin.
    const auto slice = std::min<std::chrono::milliseconds>(
        kCancelCheck,
        std::chrono::duration_cast<std::chrono::milliseconds>(left) + std::chrono::milliseconds(1));
    pollfd watched{.fd = PQsocket(connection_), .events = events, .revents = 0};
    if (::poll(&watched, 1, static_cast<int>(slice.count())) < 0 && errno != EINTR) return Broken();
    if (watched.revents != 0) return Ok();
  }
}

Error Connection::GiveUp(Error error) {
  given_up_ = true;
  return error;
}

Error Connection::Broken() {
  last_state_ = state::kConnectionFailure;
  return GiveUp(ErrorOf({.state = last_state_,
                         .primary = fmt::format("the connection to {} was lost: {}", ServerName(),
                                                Trimmed(PQerrorMessage(connection_)))}));
}

Error Connection::Refused(const pg_result* result) {
  last_state_ = Field(result, PG_DIAG_SQLSTATE);
  if (last_state_.empty()) return Broken();
  if (PQstatus(connection_) == CONNECTION_BAD) given_up_ = true;
  return ErrorOf({.state = last_state_,
                  .primary = Field(result, PG_DIAG_MESSAGE_PRIMARY),
                  .detail = Field(result, PG_DIAG_MESSAGE_DETAIL),
                  .hint = Field(result, PG_DIAG_MESSAGE_HINT)});
}

void Connection::RollBack() {
  if (given_up_ || PQtransactionStatus(connection_) == PQTRANS_IDLE) return;
  const std::string why = last_state_;
  const Statement rollback{.sql = "ROLLBACK"};
  // A session that does not roll back in time is no use any more.
  given_up_ = true;
  const OpContext limited = OpContext::WithTimeout(kRollbackLimit);
  if (PQenterPipelineMode(connection_) == 1) {
    std::vector<std::string> preparing;
    std::vector<Rows> rows;
    given_up_ = !Send(rollback, preparing).ok() || PQpipelineSync(connection_) == 0 ||
                !Collect(limited, std::span(&rollback, 1), preparing, rows).ok() ||
                PQexitPipelineMode(connection_) == 0;
  }
  last_state_ = why;
}

bool Connection::IsUsable() {
  if (given_up_ || PQstatus(connection_) != CONNECTION_OK) return false;
  if (PQtransactionStatus(connection_) != PQTRANS_IDLE || prepared_.size() > kMaxPrepared) {
    return false;
  }
  // A server that went away has left an end in the socket; notices are read away.
  pollfd watched{.fd = PQsocket(connection_), .events = POLLIN, .revents = 0};
  if (::poll(&watched, 1, 0) == 0) return true;
  return PQconsumeInput(connection_) == 1 && PQstatus(connection_) == CONNECTION_OK;
}

int Connection::server_version() const { return PQserverVersion(connection_); }

std::string Connection::ServerName() const {
  const auto text = [](const char* value) { return value == nullptr ? "" : value; };
  return fmt::format("database {} at {}:{}", text(PQdb(connection_)), text(PQhost(connection_)),
                     text(PQport(connection_)));
}

}  // namespace vecgate::postgres

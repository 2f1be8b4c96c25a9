// Connection: one session on the server. Everything is asynchronous inside: the calling thread
// waits on the socket no longer than its deadline, and notices within 20 ms that it was cancelled.
//
// A call that is given up leaves the session in an unknown place, so the connection is then closed
// and never used again; Sessions ends it at the server before anything else is done there, and the
// server itself looks once a second whether its client is still there
// (client_connection_check_interval). libpq before 17 can cancel a query only by a blocking call
// without a limit, which is why it is not used.
//
// Thread safety: one thread at a time. Ownership: owns the session.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/function_ref.h"
#include "base/op_context.h"
#include "base/result.h"
#include "base/secret.h"
#include "engines/postgres/statement.h"

struct pg_conn;  // libpq's PGconn

namespace vecgate::postgres {

/// A process of the server and when it began, since process ids come again.
struct SessionName {
  int64_t pid = 0;
  std::string begun{};
};

class Connection {
 public:
  struct Options {
    Secret<std::string> dsn;
    std::chrono::milliseconds connect_timeout{5000};
    /// No call waits longer, whatever its context says, unless it brings a limit of its own.
    std::chrono::milliseconds max_wait{std::chrono::minutes(10)};
  };

  /// kInvalidArgument (Subject::kConfig) when libpq does not understand the DSN. The DSN itself is
  /// in no message.
  static Status CheckDsn(const Secret<std::string>& dsn);
  /// kUnavailable when the server cannot be reached, else what it said.
  static Result<std::unique_ptr<Connection>> Open(const OpContext& context, const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends all statements at once (pipeline mode) and gives the rows of each. The first that fails
  /// ends it, and those after it are not run. BEGIN and COMMIT are statements as any; a
  /// transaction that is open when one fails is rolled back. `max_wait`: in place of the options',
  /// for statements that take longer the larger a table is.
  Result<std::vector<Rows>> Run(const OpContext& context, std::span<const Statement> statements,
                                std::optional<std::chrono::milliseconds> max_wait = std::nullopt);
  Result<Rows> Run(const OpContext& context, const Statement& statement);

  /// Carries out `COPY … FROM STDIN (FORMAT binary)`: `next` gives chunk after chunk, and an empty
  /// one at the end. Commands without rows may stand before it, each with its semicolon: "BEGIN; ".
  Status CopyIn(const OpContext& context, const std::string& sql,
                FunctionRef<std::string_view()> next);

  /// Whether it may be used again: alive as far as one sees without asking, and in no transaction.
  [[nodiscard]] bool IsUsable();
  /// The SQLSTATE of the last failure; empty when the server did not speak.
  [[nodiscard]] const std::string& last_state() const { return last_state_; }
  [[nodiscard]] int server_version() const;  ///< 180004 for 18.4.
  /// "database db at host:port", for messages.
  [[nodiscard]] std::string ServerName() const;

  /// Whether the session may go on at the server with something that nobody waits for.
  [[nodiscard]] bool was_given_up() const { return given_up_; }

  /// Which of the server's sessions this is.
  SessionName name;
  /// What the session remembers: temporary tables made and settings set, by name.
  std::set<std::string> made;
  std::unordered_map<std::string, std::string> settings;

 private:
  using Clock = std::chrono::steady_clock;

  explicit Connection(pg_conn* connection) : connection_(connection) {}

  Status FinishConnecting(const OpContext& context);
  Status Send(const Statement& statement, std::vector<std::string>& preparing);
  Status Collect(const OpContext& context, std::span<const Statement> statements,
                 const std::vector<std::string>& preparing, std::vector<Rows>& out);
  /// The next result, null at the end of a statement's.
  Result<pg_result*> NextResult(const OpContext& context);
  Status Flush(const OpContext& context);
  /// Until the socket is ready for `events` of poll(). Past its limit the connection is given up.
  Status Wait(const OpContext& context, short events);
  Error GiveUp(Error error);
  Error Broken();
  Error Refused(const pg_result* result);
  void RollBack();

  pg_conn* connection_;
  bool given_up_ = false;
  Clock::time_point wait_limit_;  ///< Of the call under way.
  std::chrono::milliseconds max_wait_{0};
  std::string last_state_;
  std::unordered_map<std::string, std::string> prepared_;  ///< Names by text.
  uint64_t prepared_ever_ = 0;                             ///< No name is given twice.
};

}  // namespace vecgate::postgres

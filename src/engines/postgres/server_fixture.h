// The PostgreSQL that this module's tests share: started at first use, gone with the test program.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "base/check.h"
#include "engine/conformance/service_process.h"
#include "engines/postgres/connection.h"
#include "engines/postgres/postgres_engine.h"

namespace vecgate::postgres {

inline conformance::ServiceProcess& TestServer() {
  static const std::unique_ptr<conformance::ServiceProcess> server = [] {
    auto started = conformance::ServiceProcess::Start("postgres.py");
    if (!started.ok()) std::fprintf(stderr, "%s\n", started.error().message.c_str());
    VG_CHECK(started.ok());
    return std::move(*started);
  }();
  return *server;
}

inline std::string TestDsn(uint16_t port, const std::string& user = "postgres",
                           const std::string& database = "postgres") {
  return fmt::format("host=127.0.0.1 port={} user={} dbname={} password=hush-hush", port, user,
                     database);
}

/// Options for an engine on a schema of its own, behind this port.
inline PostgresOptions TestOptions(const std::string& schema, uint16_t port) {
  PostgresOptions out;
  out.dsn = Secret<std::string>(TestDsn(port));
  out.schema = schema;
  return out;
}

inline PostgresOptions TestOptions(const std::string& schema) {
  return TestOptions(schema, TestServer().port());
}

/// What another client of the server sees and does: a session of its own, as superuser.
class OtherClient {
 public:
  explicit OtherClient(uint16_t port, const std::string& database = "postgres") {
    auto opened = Connection::Open(
        OpContext{}, {.dsn = Secret<std::string>(TestDsn(port, "postgres", database))});
    if (!opened.ok()) std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    VG_CHECK(opened.ok());
    connection_ = std::move(*opened);
  }

  /// Runs one statement, which has to succeed.
  Rows Do(const std::string& sql) {
    auto rows = connection_->Run(OpContext{}, Statement{.sql = sql});
    if (!rows.ok()) std::fprintf(stderr, "%s: %s\n", sql.c_str(), rows.error().message.c_str());
    VG_CHECK(rows.ok());
    return std::move(*rows);
  }
  std::string Text(const std::string& sql) { return Do(sql).Text(0, 0); }
  int64_t Number(const std::string& sql) { return Do(sql).Int(0, 0); }

 private:
  std::unique_ptr<Connection> connection_;
};

}  // namespace vecgate::postgres

// The PostgreSQL that this module's tests share: started at first use, gone with the test program.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "base/check.h"
#include "engine/conformance/service_process.h"
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

inline std::string TestDsn(uint16_t port) {
  return fmt::format("host=127.0.0.1 port={} user=postgres dbname=postgres password=hush-hush",
                     port);
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

}  // namespace vecgate::postgres

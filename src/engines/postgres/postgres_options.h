// What an operator says of a PostgreSQL engine.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "base/secret.h"

namespace vecgate::postgres {

struct PostgresOptions {
  /// Keywords or a URI, as libpq takes them (TLS: sslmode, sslrootcert, sslcert, sslkey).
  Secret<std::string> dsn;
  /// The database schema that holds the catalog and the collections' tables.
  std::string schema = "vecgate";
  size_t max_connections = 16;  ///< 1 to 100.
  std::chrono::milliseconds connect_timeout{5000};
  /// The longest wait for a free connection.
  std::chrono::milliseconds pool_wait{30'000};
  /// The longest that a call may take; building an index may take a day.
  std::chrono::milliseconds max_wait{std::chrono::minutes(10)};
  /// Attempts of a call, the first included, when what failed is transient.
  size_t max_attempts = 6;
  /// The wait before the second attempt; it doubles with each, and a random half of it is left
  /// away.
  std::chrono::milliseconds first_backoff{20};
  std::chrono::milliseconds max_backoff{2000};
  /// Called with what an operator should know; may be empty. From any thread.
  std::function<void(const std::string&)> warn;
};

}  // namespace vecgate::postgres

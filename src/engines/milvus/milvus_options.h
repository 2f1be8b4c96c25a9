// What an operator says of a Milvus engine.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "base/secret.h"

// Not vecgate::milvus: protobuf's messages lie in ::milvus.
namespace vecgate::milvus_engine {

struct MilvusOptions {
  /// "http://127.0.0.1:19530", or "https://host" for TLS. Hosts of Zilliz Cloud need https and a
  /// token.
  std::string uri;
  /// An API key, or "user:password". Either this or user and password; none: no authentication.
  Secret<std::string> token;
  std::string user;
  Secret<std::string> password;
  /// Empty: the server's default database.
  std::string database;
  /// Collections are named so, with their id behind it. A letter or underscore first, then letters,
  /// digits and underscores; up to 64.
  std::string name_prefix = "vecgate_";
  /// The longest that one call may take whose context sets no earlier end.
  std::chrono::milliseconds grpc_timeout{60'000};
  /// HTTP/2 connections, over which calls are spread: 1 to 64.
  size_t channels = 4;
  /// Whom to trust with https, as PEM; empty: whom the system trusts.
  std::string ca_pem;
  /// No other process writes to these collections. Reads then wait for this engine's own writes
  /// alone, and not for the server's next tick (up to 200 ms on a Milvus as it comes).
  bool sole_writer = false;
  /// Called with what an operator should know; may be empty. From any thread.
  std::function<void(const std::string&)> warn;
};

}  // namespace vecgate::milvus_engine

// Server: everything that `vecgate serve` runs, wired together, and its orderly end.
//
// Thread safety: one thread starts and drains it; what it serves runs on threads of its own.
#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "base/result.h"

namespace vecgate::app {

class Server {
 public:
  /// Opens the data directory and listens. Everything is ready when it returns.
  static Result<std::unique_ptr<Server>> Start(const Config& config);
  virtual ~Server() = default;

  /// "http://127.0.0.1:9091", "http://127.0.0.1:19530"; with the ports that were really bound.
  [[nodiscard]] virtual std::string http_url() const = 0;
  [[nodiscard]] virtual std::string grpc_url() const = 0;
  /// Stops accepting, ends what runs within the configured bound, flushes, closes. Once.
  virtual Status Drain() = 0;
};

/// The version that `vecgate --version` prints.
std::string Version();

}  // namespace vecgate::app

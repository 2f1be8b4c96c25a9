// HttpServer: HTTP/1.1 on one address. Boost.Beast is named in http_server.cc only.
//
// Everything is bounded: connections, header and body sizes, bytes buffered by all requests
// together, handlers at once, and every wait. What is over a bound is refused with an error that
// says so.
//
// Thread safety: any thread. Handlers are called from several threads at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/native/router.h"

namespace vecgate {

/// What the application hears of each answered request, for metrics and logs.
struct HttpExchange {
  std::string method;
  /// The route's pattern, or "" when none matched; bounded, so it can be a label.
  std::string route;
  std::string path;
  std::string request_id;
  int status = 0;
  size_t request_bytes = 0;
  size_t response_bytes = 0;
  std::chrono::microseconds duration{0};
};

class HttpServer {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    /// 0: any free port.
    uint16_t port = 9091;
    int io_threads = 2;
    int handler_threads = 8;
    /// Requests being handled or waiting for a thread; more are answered 503.
    size_t max_requests = 128;
    size_t max_connections = 1024;
    size_t max_header_bytes = 32 << 10;
    /// Request bodies in memory, of all connections together; more are answered 503.
    size_t max_buffered_bytes = 512 << 20;
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds idle_timeout{60'000};
    /// For each piece of a body, and for writing an answer.
    std::chrono::milliseconds io_timeout{30'000};
    /// May be empty. Called from any thread, must be quick.
    std::function<void(const HttpExchange&)> on_exchange;
  };

  /// Listens and serves until Drain. kUnavailable when the address cannot be bound.
  static Result<std::unique_ptr<HttpServer>> Start(Options options, Router router);
  /// As Drain with no time.
  ~HttpServer();

  [[nodiscard]] uint16_t port() const;

  /// Stops accepting, lets what runs finish for at most `bound`, then closes what is left. Returns
  /// true when nothing had to be cut off.
  bool Drain(std::chrono::milliseconds bound);

 private:
  struct State;
  explicit HttpServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace vecgate

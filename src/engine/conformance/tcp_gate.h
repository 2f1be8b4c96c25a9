// TcpGate: what a test puts between an engine and its server to break the network as it likes.
//
// It listens on a port of its own and carries every connection to the server's, until it is told
// to let nothing through, to cut, or to refuse. Thread safety: any method from any thread; each
// returns when what it asked for is done.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/guarded.h"
#include "base/result.h"

namespace vecgate::conformance {

class TcpGate {
 public:
  enum class Mode {
    kPass,
    kStall,   ///< Connections are accepted and kept, and nothing is carried.
    kRefuse,  ///< New connections end at once; those that exist are cut.
  };
  enum class Direction { kToServer, kToClient };

  /// A gate before the server at this IPv4 address.
  static Result<std::unique_ptr<TcpGate>> Open(const std::string& host, uint16_t port);
  ~TcpGate();
  TcpGate(const TcpGate&) = delete;
  TcpGate& operator=(const TcpGate&) = delete;

  /// Where clients connect to, on 127.0.0.1.
  [[nodiscard]] uint16_t port() const { return port_; }

  void SetMode(Mode mode);
  /// Resets every connection.
  void CutAll();
  /// Once so many more bytes went in this direction, over all connections together, resets the
  /// connection that carried the last of them. Once.
  void CutAfter(Direction direction, uint64_t bytes);
  /// Connections that are open now.
  [[nodiscard]] size_t connections() const;
  /// How often CutAfter came true.
  [[nodiscard]] uint64_t cuts() const;

 private:
  struct Orders {
    Mode mode = Mode::kPass;
    bool cut_all = false;
    bool stop = false;
    std::optional<uint64_t> bytes_to_cut[2];  // By direction.
    uint64_t given = 0;
    uint64_t obeyed = 0;
    size_t connections = 0;
    uint64_t cuts = 0;
  };
  class Loop;

  TcpGate() = default;

  template <typename Change>
  void Order(Change&& change);
  void Wake() const;

  uint16_t port_ = 0;
  int wake_ = -1;
  Guarded<Orders> orders_;
  std::condition_variable_any obeyed_;
  std::thread thread_;
};

}  // namespace vecgate::conformance

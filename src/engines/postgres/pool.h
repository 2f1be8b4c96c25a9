// Pool: at most so many connections, lent to one call each.
//
// A call that finds all of them lent waits for one, no longer than its deadline and the configured
// bound. Connections are opened when they are needed, looked at before they are lent, asked for a
// sign of life when nobody used them for a while, and replaced when they are dead.
//
// Thread safety: any method from any thread. A lease belongs to one thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <vector>

#include "base/guarded.h"
#include "engines/postgres/connection.h"

namespace vecgate::postgres {

class Pool {
 public:
  using Opener = std::function<Result<std::unique_ptr<Connection>>(const OpContext&)>;
  struct Limits {
    size_t max_connections = 16;
    /// The longest wait for a connection.
    std::chrono::milliseconds max_wait{30'000};
    /// A connection that was idle for longer is asked before it is lent.
    std::chrono::milliseconds ask_after{30'000};
  };

  Pool(Limits limits, Opener open) : limits_(limits), open_(std::move(open)) {}

  /// One connection, for as long as this lives.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_ != nullptr) pool_->GiveBack(std::move(connection_));
    }
    Connection& operator*() const { return *connection_; }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  /// kResourceExhausted when no connection came free in time, kDeadlineExceeded or kCancelled when
  /// the caller's time was up first, and what opening one gave.
  Result<Lease> Borrow(const OpContext& context);

 private:
  using Clock = std::chrono::steady_clock;

  struct Idle {
    std::unique_ptr<Connection> connection;
    Clock::time_point since;
  };
  struct State {
    std::vector<Idle> idle;  ///< The one used last stands last.
    size_t lent = 0;         ///< Lent, or being opened.
  };

  /// An idle connection, or nothing when one has to be opened.
  Result<Idle> Reserve(const OpContext& context);
  static bool IsAlive(const OpContext& context, Connection& connection);
  void GiveBack(std::unique_ptr<Connection> connection);
  void Release();

  const Limits limits_;
  const Opener open_;
  Guarded<State> state_;
  std::condition_variable_any freed_;
};

}  // namespace vecgate::postgres

// Sessions: how the engine's operations reach the server: a pooled connection, a database that was
// checked, and another attempt where the failure was transient.
//
// A call that was given up, or whose connection was lost, may have left a session at the server
// that has its statements already and carries them out later: after the same write was repeated and
// even another one acknowledged, which it would undo. So the next call, whichever it is, first ends
// such sessions and sees them gone.
//
// Thread safety: any method from any thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/function_ref.h"
#include "base/guarded.h"
#include "base/rng.h"
#include "engines/postgres/pool.h"
#include "engines/postgres/postgres_options.h"

namespace vecgate::postgres {

class Sessions {
 public:
  /// `validate` sees the first connection that is made, and again after it failed.
  using Validate = std::function<Status(const OpContext&, Connection&)>;

  Sessions(const PostgresOptions& options, Validate validate);

  /// Runs `work` on a connection. Work that fails transiently is run again, from its start, after a
  /// wait that grows with each attempt, as long as the deadline allows: it must be repeatable.
  template <typename Work>
  auto Run(const OpContext& context, Work&& work) -> decltype(work(std::declval<Connection&>())) {
    using Outcome = decltype(work(std::declval<Connection&>()));
    for (size_t attempt = 1;; ++attempt) {
      std::string state;
      Outcome outcome = Once<Outcome>(context, work, state);
      if (outcome.ok() || !MayRepeat(context, state, attempt)) return outcome;
      const Status waited = BackOff(context, attempt);
      if (!waited.ok()) {
        return waited.error().Within("after " + std::to_string(attempt) + " attempts (" +
                                     outcome.error().message + ")");
      }
    }
  }

 private:
  template <typename Outcome, typename Work>
  Outcome Once(const OpContext& context, Work& work, std::string& state) {
    auto lease = Ready(context, state);
    if (!lease.ok()) return lease.error();
    Outcome outcome = work(**lease);
    if (!outcome.ok()) {
      state = (**lease).last_state();
      NoteIfAbandoned(**lease);
    }
    return outcome;
  }

  /// A connection to a database that was found as it should be. `state`: the SQLSTATE of a failure.
  Result<Pool::Lease> Ready(const OpContext& context, std::string& state);
  Result<std::unique_ptr<Connection>> Open(const OpContext& context) const;
  void NoteIfAbandoned(const Connection& connection);
  /// Ends the sessions that were given up. kUnavailable when one of them does not end.
  Status EndAbandoned(const OpContext& context, Connection& connection);
  [[nodiscard]] bool MayRepeat(const OpContext& context, const std::string& state,
                               size_t attempt) const;
  Status BackOff(const OpContext& context, size_t attempt);

  const PostgresOptions options_;
  const Validate validate_;
  std::atomic<bool> validated_{false};
  Guarded<Rng> rng_;
  Guarded<std::vector<SessionName>> abandoned_;
  Pool pool_;
};

}  // namespace vecgate::postgres

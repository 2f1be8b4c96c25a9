#include "engines/postgres/pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vecgate::postgres {
namespace {

/// How soon a call that waits notices that it was cancelled.
constexpr std::chrono::milliseconds kCancelCheck{20};
constexpr std::chrono::milliseconds kSignOfLifeLimit{2000};

}  // namespace

Result<Pool::Lease> Pool::Borrow(const OpContext& context) {
  VG_ASSIGN_OR_RETURN(Idle idle, Reserve(context));
  std::unique_ptr<Connection> connection = std::move(idle.connection);
  // From here on one of the lent ones is ours, and no lock is held.
  if (connection != nullptr) {
    const bool rested = Clock::now() - idle.since > limits_.ask_after;
    if (connection->IsUsable() && (!rested || IsAlive(context, *connection))) {
      return Lease(*this, std::move(connection));
    }
    connection.reset();
  }
  auto opened = open_(context);
  if (!opened.ok()) {
    Release();
    return opened.error();
  }
  return Lease(*this, std::move(*opened));
}

Result<Pool::Idle> Pool::Reserve(const OpContext& context) {
  const auto limit = Clock::now() + limits_.max_wait;
  auto state = state_.Lock();
  while (state->lent >= limits_.max_connections) {
    VG_RETURN_IF_ERROR(context.Check());
    if (Clock::now() >= limit) {
      return ResourceExhausted(fmt::format(
          "all {} connections to PostgreSQL were in use for {} ms; postgres.max_connections bounds "
          "them",
          limits_.max_connections, limits_.max_wait.count()));
    }
    freed_.wait_until(state.lock(),
                      std::min({limit, context.deadline, Clock::now() + kCancelCheck}));
  }
  ++state->lent;
  if (state->idle.empty()) return Idle{};
  Idle idle = std::move(state->idle.back());
  state->idle.pop_back();
  return idle;
}

bool Pool::IsAlive(const OpContext& context, Connection& connection) {
  OpContext asking = context;
  asking.deadline = std::min(context.deadline, Clock::now() + kSignOfLifeLimit);
  return connection.Run(asking, Statement{.sql = "SELECT 1"}).ok();
}

void Pool::GiveBack(std::unique_ptr<Connection> connection) {
  if (connection->IsUsable()) {
    const auto state = state_.Lock();
    state->idle.push_back({std::move(connection), Clock::now()});
  }
  // A dead one is closed before its place is free.
  connection.reset();
  Release();
}

void Pool::Release() {
  const auto state = state_.Lock();
  --state->lent;
  freed_.notify_one();
}

}  // namespace vecgate::postgres

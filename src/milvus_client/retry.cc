#include "milvus_client/retry.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>

#include "base/pause.h"
#include "base/rng.h"

namespace vecgate::milvus_client {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds kFirstPause{20};
constexpr milliseconds kLongestPause{1'000};
/// How soon a pause notices that the call was called off.
constexpr milliseconds kSlice{20};

/// Between half of `pause` and all of it.
milliseconds Spread(milliseconds pause) {
  static std::atomic<uint64_t> seed{
      static_cast<uint64_t>(SteadyClock::now().time_since_epoch().count())};
  Rng rng(seed.fetch_add(1, std::memory_order_relaxed));
  return milliseconds(rng.Between(pause.count() / 2, pause.count()));
}

/// Returns early, with false, when `bounded` ends before the pause does.
bool PauseWithin(const OpContext& bounded, milliseconds pause) {
  const auto end = SteadyClock::now() + pause;
  if (end >= bounded.deadline) return false;
  for (auto now = SteadyClock::now(); now < end; now = SteadyClock::now()) {
    if (!bounded.Check().ok()) return false;
    Pause(std::min(kSlice, std::chrono::ceil<milliseconds>(end - now)));
  }
  return bounded.Check().ok();
}

/// The last failure, or in whose time it came.
Error LastWord(const OpContext& caller, const Error& failure) {
  const Status ended = caller.Check();
  if (ended.ok()) return failure;
  return Error{ended.error().code,
               fmt::format("{}; the last failure was: {}", ended.error().message, failure.message)};
}

}  // namespace

Status PersistUntil(const OpContext& bounded, const OpContext& caller,
                    FunctionRef<Status(const OpContext&)> attempt) {
  milliseconds pause = kFirstPause;
  std::optional<Error> failure;
  while (true) {
    Status outcome = attempt(bounded);
    if (outcome.ok()) return outcome;
    const bool is_over = !bounded.Check().ok();
    if (outcome.error().code == Code::kUnavailable) {
      failure = outcome.error();
    } else if (!is_over || !failure) {
      return outcome;
    }
    if (is_over || !PauseWithin(bounded, Spread(pause))) return LastWord(caller, *failure);
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace vecgate::milvus_client

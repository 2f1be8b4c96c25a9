#include "engines/milvus/gate.h"

#include <chrono>

namespace vecgate::milvus_engine {
namespace {

/// How soon a wait notices that its context has ended.
constexpr std::chrono::milliseconds kSlice{20};

}  // namespace

bool Gate::MayEnter(Kind kind) const {
  return inside_ == 0 || (kind != Kind::kAlone && kind == kind_);
}

Result<Gate::Pass> Gate::Enter(const OpContext& context, Kind kind) {
  std::unique_lock lock(mutex_);
  const auto place = waiting_.insert(waiting_.end(), kind);
  while (place != waiting_.begin() || !MayEnter(kind)) {
    changed_.wait_for(lock, kSlice);
    const Status wanted = context.Check();
    if (wanted.ok()) continue;
    waiting_.erase(place);
    changed_.notify_all();
    return wanted.error();
  }
  waiting_.erase(place);
  ++inside_;
  kind_ = kind;
  changed_.notify_all();
  return Pass(this);
}

void Gate::Leave() {
  const std::lock_guard lock(mutex_);
  --inside_;
  changed_.notify_all();
}

}  // namespace vecgate::milvus_engine

#include "engines/embedded/builder_pool.h"

#include <unistd.h>

#include <chrono>

namespace vecgate::embedded {
namespace {

// A search takes the core of a builder at once instead of waiting for the end of its time slice,
// some milliseconds. A builder beside one busy request keeps about a quarter of their core.
void YieldToRequests() {
  constexpr int kNicer = 5;
  // On Linux a nice value is the thread's own, and anybody may raise theirs.
  (void)::nice(kNicer);
}

}  // namespace

BuilderPool::BuilderPool(size_t threads, std::function<void(const std::string&)> warn)
    : warn_(std::move(warn)) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

BuilderPool::~BuilderPool() { Stop(); }

void BuilderPool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  queue_.clear();
}

void BuilderPool::Wake(std::shared_ptr<Collection> collection) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || !queued_.insert(collection.get()).second) return;
    queue_.push_back(std::move(collection));
  }
  changed_.notify_all();
}

Status BuilderPool::WaitUntilIdle(const OpContext& context) {
  constexpr std::chrono::milliseconds kLookAgain{20};
  std::unique_lock lock(mutex_);
  while (!stopping_ && (!queue_.empty() || working_ > 0)) {
    VG_RETURN_IF_ERROR(context.Check());
    changed_.wait_for(lock, kLookAgain);
  }
  return Ok();
}

void BuilderPool::Run() {
  YieldToRequests();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const std::shared_ptr<Collection> collection = std::move(queue_.front());
    queue_.pop_front();
    queued_.erase(collection.get());
    ++working_;
    lock.unlock();
    // Queued again before the work is done, so that the other threads join in.
    if (collection->CanShareWork()) Wake(collection);
    Result<bool> worked = collection->WorkSome();
    // A collection that is dropped while its work runs is no news to an operator.
    if (!worked.ok() && worked.error().subject != Subject::kCollection)
      warn_("background work: " + worked.error().message);
    if (worked.ok() && *worked) Wake(collection);
    lock.lock();
    --working_;
    changed_.notify_all();
  }
}

}  // namespace vecgate::embedded

// BuilderPool: the threads that build graphs, write snapshots and compact, behind the writers.
//
// A collection that was woken is worked on, by several threads at once while there is work, until
// it reports none. The queue holds each collection at most once, so it is bounded by their number.
// The threads give way to those that serve requests (nicer by 5). Destruction finishes the pieces
// at hand and joins.
//
// Thread safety: Wake and WaitUntilIdle from any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/op_context.h"
#include "engines/embedded/collection.h"

namespace vecgate::embedded {

class BuilderPool {
 public:
  /// `warn` is told of work that failed; that collection then rests until it is woken again.
  BuilderPool(size_t threads, std::function<void(const std::string&)> warn);
  ~BuilderPool();
  BuilderPool(const BuilderPool&) = delete;
  BuilderPool& operator=(const BuilderPool&) = delete;

  void Wake(std::shared_ptr<Collection> collection);
  /// Until no collection has work left. kCancelled or kDeadlineExceeded as `context` says.
  Status WaitUntilIdle(const OpContext& context);
  /// Finishes the pieces at hand and joins; Wake then does nothing. Safe to call twice.
  void Stop();

 private:
  void Run();

  const std::function<void(const std::string&)> warn_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Collection>> queue_;
  std::unordered_set<const Collection*> queued_;
  size_t working_ = 0;
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace vecgate::embedded

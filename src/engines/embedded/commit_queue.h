// CommitQueue: writers of one collection in their order, committed in groups.
//
// The first in the queue leads: it takes those who wait behind it as one group, commits them with
// one write and one fsync, and wakes them. So order is total and the disk's latency is shared.
//
// Thread safety: Submit from any thread. It waits for the disk, which is what bounds it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

namespace vecgate::embedded {

/// Something that waits for its commit; lives on its writer's stack.
struct Committable {
  size_t size_bytes = 0;
  /// Commits as a group of one, for work that must see all earlier writes published.
  bool alone = false;
  bool done = false;  // guarded by the queue
};

template <typename Op>  // derives from Committable
class CommitQueue {
 public:
  using Commit = std::function<void(const std::vector<Op*>&)>;

  /// Returns once `op` was committed, by this thread's `commit` or by another leader's.
  void Submit(Op& op, const Commit& commit) {
    std::unique_lock lock(mutex_);
    waiting_.push_back(&op);
    turn_.wait(lock, [&] { return op.done || waiting_.front() == &op; });
    if (op.done) return;
    const std::vector<Op*> group = Group();
    lock.unlock();
    commit(group);
    lock.lock();
    for (Op* member : group) {
      member->done = true;
      waiting_.pop_front();
    }
    turn_.notify_all();
  }

 private:
  std::vector<Op*> Group() const {
    constexpr size_t kMostBytes = size_t{16} << 20;
    std::vector<Op*> group;
    size_t bytes = 0;
    for (Op* op : waiting_) {
      bytes += op->size_bytes;
      if (!group.empty() && (op->alone || group.front()->alone || bytes > kMostBytes)) break;
      group.push_back(op);
    }
    return group;
  }

  std::mutex mutex_;
  std::condition_variable turn_;
  std::deque<Op*> waiting_;
};

}  // namespace vecgate::embedded

#include "metadata/connection_watch.h"

#include <sys/socket.h>

namespace vecgate {

ConnectionWatch::ConnectionWatch() : thread_([this] { Run(); }) {}

ConnectionWatch::~ConnectionWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ConnectionWatch::Begin(int socket, std::chrono::steady_clock::time_point deadline) {
  const std::lock_guard lock(mutex_);
  socket_ = socket;
  deadline_ = deadline;
  changed_.notify_all();
}

void ConnectionWatch::End() {
  const std::lock_guard lock(mutex_);
  socket_ = -1;
}

void ConnectionWatch::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (socket_ < 0) {
      changed_.wait(lock);
    } else if (changed_.wait_until(lock, deadline_) == std::cv_status::timeout && socket_ >= 0 &&
               std::chrono::steady_clock::now() >= deadline_) {
      // Under the lock, so that nobody closes it meanwhile and another takes its number.
      shutdown(socket_, SHUT_RDWR);
      socket_ = -1;
    }
  }
}

}  // namespace vecgate

// ConnectionWatch: cuts a socket off at a deadline, so that a library that reads from it without a
// limit returns.
//
// Thread safety: any thread; one watch at a time. Ownership: has a thread of its own, borrows the
// socket while it is watched.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace vecgate {

class ConnectionWatch {
 public:
  ConnectionWatch();
  ~ConnectionWatch();
  ConnectionWatch(const ConnectionWatch&) = delete;
  ConnectionWatch& operator=(const ConnectionWatch&) = delete;

  /// From now on; at `deadline` the socket is shut down, and its reader sees the end.
  void Begin(int socket, std::chrono::steady_clock::time_point deadline);
  /// The socket may be closed afterwards.
  void End();

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  int socket_ = -1;
  std::chrono::steady_clock::time_point deadline_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vecgate

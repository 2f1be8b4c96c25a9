// ServiceProcess: a real server for the length of a test, by a launcher of tests/services.
//
// Thread safety: one thread at a time. Ownership: the server and its data end with the object, and,
// should the test die before, with the pipe that the test held.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vecgate::conformance {

class ServiceProcess {
 public:
  /// `launcher` is a script of tests/services, "postgres.py". Returns once the server serves;
  /// kUnavailable says why it does not.
  static Result<std::unique_ptr<ServiceProcess>> Start(std::string_view launcher);
  ~ServiceProcess();
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] uint16_t port() const { return port_; }

  /// SIGKILL for the server and all its processes; returns when they are gone.
  Status Kill();
  /// Starts the killed server again, on the same data and port. Returns once it serves.
  Status StartAgain();

 private:
  ServiceProcess() = default;

  Status Spawn(std::string_view launcher);
  Status Tell(std::string_view command);
  /// The launcher's next line, taken as an address when it is one.
  Status ReadAnswer();
  Result<std::string> ReadLine();

  pid_t pid_ = -1;
  int to_launcher_ = -1;
  int from_launcher_ = -1;
  std::string unread_;
  std::string host_;
  uint16_t port_ = 0;
};

}  // namespace vecgate::conformance

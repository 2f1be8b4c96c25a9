#include <fmt/format.h>

#include <csignal>
#include <cstdio>

#include "app/commands.h"
#include "app/server.h"
#include "observe/log.h"

namespace vecgate::app {

int Fail(const Error& error) {
  fmt::print(stderr, "vecgate: {}\n", error.message);
  return ExitCodeFor(error.code);
}

int ExitCode(const Status& status) { return status.ok() ? 0 : Fail(status.error()); }

int RunServe(const Config& config) {
  const Result<LogLevel> level = LogLevelFromName(config.log_level);
  if (!level.ok()) return Fail(level.error());
  const Result<LogFormat> format = LogFormatFromName(config.log_format);
  if (!format.ok()) return Fail(format.error());
  InitLogging({*level, *format});

  // Blocked before any thread starts, so that this thread alone takes the signals, in sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // A client that goes away is an error of its write, not our end.

  Result<std::unique_ptr<Server>> server = Server::Start(config);
  if (!server.ok()) return Fail(server.error());
  fmt::print("vecgate {} is ready: Milvus API {}, HTTP {}, data in {}\n", Version(),
             (*server)->grpc_url(), (*server)->http_url(), config.data_dir);
  std::fflush(stdout);

  int received = 0;
  sigwait(&signals, &received);
  Log(LogLevel::kInfo, "draining", {{"signal", received == SIGINT ? "SIGINT" : "SIGTERM"}});
  // A second signal ends the process at once: everything acknowledged is on disk already.
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  const Status drained = (*server)->Drain();
  if (!drained.ok()) return Fail(drained.error());
  Log(LogLevel::kInfo, "stopped");
  return 0;
}

}  // namespace vecgate::app

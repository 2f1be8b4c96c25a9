#include "engine/conformance/service_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

extern char** environ;

namespace vecgate::conformance {
namespace {

/// Longer than the launcher's own limit, so that its word on what is wrong arrives.
constexpr std::chrono::minutes kAnswerLimit{3};

std::string ScriptPath(std::string_view launcher) {
  const char* root = std::getenv("VECGATE_SOURCE_DIR");
  return fmt::format("{}/tests/services/{}", root == nullptr ? "." : root, launcher);
}

Error SystemError(std::string_view what, int number) {
  return Unavailable(fmt::format("{}: {}", what, std::strerror(number)));
}

}  // namespace

Result<std::unique_ptr<ServiceProcess>> ServiceProcess::Start(std::string_view launcher) {
  std::unique_ptr<ServiceProcess> service(new ServiceProcess());
  VG_RETURN_IF_ERROR(service->Spawn(launcher));
  VG_RETURN_IF_ERROR(service->ReadAnswer());
  return service;
}

Status ServiceProcess::Spawn(std::string_view launcher) {
  std::array<int, 2> input{};
  std::array<int, 2> output{};
  if (::pipe2(input.data(), O_CLOEXEC) != 0) return SystemError("pipe", errno);
  to_launcher_ = input[1];
  if (::pipe2(output.data(), O_CLOEXEC) != 0) return SystemError("pipe", errno);
  from_launcher_ = output[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  std::string python = "python3";
  std::string script = ScriptPath(launcher);
  std::array<char*, 3> arguments = {python.data(), script.data(), nullptr};
  const int failed =
      ::posix_spawnp(&pid_, python.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(input[0]);
  ::close(output[1]);
  return failed == 0 ? Ok() : Status(SystemError(fmt::format("starting {}", script), failed));
}

ServiceProcess::~ServiceProcess() {
  // The end of its input is what tells the launcher to stop the server.
  if (to_launcher_ >= 0) ::close(to_launcher_);
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  if (from_launcher_ >= 0) ::close(from_launcher_);
}

Status ServiceProcess::Kill() { return Tell("kill\n"); }
Status ServiceProcess::StartAgain() { return Tell("start\n"); }

Status ServiceProcess::Tell(std::string_view command) {
  if (::write(to_launcher_, command.data(), command.size()) !=
      static_cast<ssize_t>(command.size())) {
    return SystemError("writing to the launcher", errno);
  }
  return ReadAnswer();
}

Status ServiceProcess::ReadAnswer() {
  VG_ASSIGN_OR_RETURN(const std::string line, ReadLine());
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return Unavailable("the launcher said: " + line);
  if (json.contains("error")) return Unavailable(json.at("error").get<std::string>());
  if (json.contains("port")) {
    host_ = json.at("host").get<std::string>();
    port_ = json.at("port").get<uint16_t>();
  }
  return Ok();
}

Result<std::string> ServiceProcess::ReadLine() {
  const auto end = std::chrono::steady_clock::now() + kAnswerLimit;
  for (;;) {
    const size_t newline = unread_.find('\n');
    if (newline != std::string::npos) {
      std::string line = unread_.substr(0, newline);
      unread_.erase(0, newline + 1);
      return line;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Unavailable("the launcher did not answer in time");
    pollfd readable{.fd = from_launcher_, .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) {
      return SystemError("waiting for the launcher", errno);
    }
    if (readable.revents == 0) continue;
    std::array<char, 4096> chunk{};
    const ssize_t size = ::read(from_launcher_, chunk.data(), chunk.size());
    if (size <= 0) return Unavailable("the launcher ended without an answer");
    unread_.append(chunk.data(), static_cast<size_t>(size));
  }
}

}  // namespace vecgate::conformance

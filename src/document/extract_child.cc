#include "document/extract_child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <vector>

#include "document/extract_frame.h"

namespace vecgate {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    Close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  ~Fd() { Close(); }
  [[nodiscard]] int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

Error CannotStart(const char* what) {
  return Unavailable(std::string("the extraction child cannot be started: ") + what + ": " +
                     std::strerror(errno));
}

// The input as an anonymous file at its start, so that no pipe has to be fed while another is read.
Result<Fd> InputFile(std::string_view bytes) {
  Fd file(memfd_create("vecgate-document", MFD_CLOEXEC));
  if (file.get() < 0) return CannotStart("memfd_create");
  while (!bytes.empty()) {
    const ssize_t put = write(file.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return CannotStart("write");
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  if (lseek(file.get(), 0, SEEK_SET) != 0) return CannotStart("lseek");
  return file;
}

// A running child; killed and reaped when this goes, whatever happened.
class Child {
 public:
  Child(pid_t pid, Fd output) : pid_(pid), output_(std::move(output)) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (!reaped_) {
      kill(pid_, SIGKILL);
      static_cast<void>(Reap());
    }
  }
  [[nodiscard]] int output() const { return output_.get(); }
  /// Waits for the end of a child that closed its output, at most until `deadline`, then kills it.
  int Finish(SteadyTime deadline) {
    const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    pollfd wait{pidfd.get(), POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const int left_ms = static_cast<int>(std::clamp<int64_t>(left.count(), 0, 5000));
    if (pidfd.get() < 0 || poll(&wait, 1, left_ms) <= 0) kill(pid_, SIGKILL);
    return Reap();
  }

 private:
  int Reap() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    return status;
  }
  pid_t pid_;
  Fd output_;
  bool reaped_ = false;
};

Result<std::unique_ptr<Child>> Start(DocumentFormat format, std::string_view bytes,
                                     const ExtractChildOptions& options) {
  VG_ASSIGN_OR_RETURN(const Fd input, InputFile(bytes));
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return CannotStart("pipe2");
  Fd read_end(ends[0]);
  const Fd write_end(ends[1]);

  std::vector<std::string> words{options.executable,
                                 kExtractWorkerCommand,
                                 std::string(FormatName(format)),
                                 std::to_string(options.cpu_seconds),
                                 std::to_string(options.address_space_bytes),
                                 std::to_string(options.limits.max_text_bytes),
                                 std::to_string(options.limits.max_unpacked_bytes),
                                 std::to_string(options.limits.max_pages)};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  // Nothing of the server's environment, where its secrets are.
  char lang[] = "LANG=C.UTF-8";
  char path[] = "PATH=/usr/bin:/bin";
  std::array<char*, 3> environment{lang, path, nullptr};

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  pid_t pid = -1;
  errno = posix_spawn(&pid, options.executable.c_str(), &actions, nullptr, argv.data(),
                      environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (errno != 0) return CannotStart("posix_spawn");
  return std::make_unique<Child>(pid, std::move(read_end));
}

// Reads until the child closes its output.
Result<std::string> ReadAnswer(const OpContext& context, const Child& child, SteadyTime deadline,
                               const ExtractChildOptions& options) {
  // Text, plus pages, title and metadata around it.
  const size_t limit = options.limits.max_text_bytes + options.limits.max_pages * 20 + (8 << 20);
  std::string out;
  char buffer[1 << 16];
  while (true) {
    VG_RETURN_IF_ERROR(context.Check());
    if (std::chrono::steady_clock::now() >= deadline) {
      return ResourceExhausted("extraction took longer than " +
                                   std::to_string(options.wall_time.count()) +
                                   " ms and was stopped",
                               Subject::kDocument);
    }
    pollfd wait{child.output(), POLLIN, 0};
    // Short waits, so that cancellation is seen soon.
    const int ready = poll(&wait, 1, 100);
    if (ready < 0 && errno != EINTR) return CannotStart("poll");
    if (ready <= 0) continue;
    const ssize_t got = read(child.output(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return CannotStart("read");
    if (got == 0) return out;
    out.append(buffer, static_cast<size_t>(got));
    if (out.size() > limit) {
      return ResourceExhausted("extraction wrote more than its bound and was stopped",
                               Subject::kDocument);
    }
  }
}

Error DeathError(int status, const ExtractChildOptions& options) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (signal == SIGXCPU || signal == SIGKILL) {
      return ResourceExhausted("extraction used more than " + std::to_string(options.cpu_seconds) +
                                   " s of CPU and was stopped",
                               Subject::kDocument);
    }
    return InvalidArgument(std::string("the document cannot be read: it made the extraction child "
                                       "crash (") +
                               strsignal(signal) + ")",
                           Subject::kDocument);
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return InvalidArgument("the document cannot be read: the extraction child ended with exit code " +
                             std::to_string(code),
                         Subject::kDocument);
}

}  // namespace

Result<Document> ExtractInChild(const OpContext& context, DocumentFormat format,
                                std::string_view bytes, const ExtractChildOptions& options) {
  const SteadyTime deadline =
      std::min(std::chrono::steady_clock::now() + options.wall_time, context.deadline);
  VG_ASSIGN_OR_RETURN(const std::unique_ptr<Child> child, Start(format, bytes, options));
  VG_ASSIGN_OR_RETURN(const std::string answer, ReadAnswer(context, *child, deadline, options));
  const int status = child->Finish(deadline);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return DeathError(status, options);
  return DecodeExtractFrame(answer);
}

}  // namespace vecgate

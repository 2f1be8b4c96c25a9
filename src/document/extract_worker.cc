// The child's side of extract_child.h.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "document/extract_child.h"
#include "document/extract_frame.h"

namespace vecgate {
namespace {

bool Limit(__rlimit_resource resource, rlim_t value) {
  const rlimit limit{value, value};
  return setrlimit(resource, &limit) == 0;
}

// Before a single byte of the file is read.
bool EnterJail(rlim_t cpu_seconds, rlim_t address_space_bytes) {
  // When the server dies nobody waits for this work any more.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_DUMPABLE, 0);
  bool ok = Limit(RLIMIT_CORE, 0) && Limit(RLIMIT_FSIZE, 0) && Limit(RLIMIT_NOFILE, 64) &&
            Limit(RLIMIT_CPU, cpu_seconds);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // Sanitizers reserve terabytes of address space for themselves.
  ok = ok && Limit(RLIMIT_AS, address_space_bytes);
#else
  static_cast<void>(address_space_bytes);
#endif
  return ok;
}

Result<std::string> ReadAll(int fd) {
  std::string out;
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Internal("the extraction child cannot read its input");
    if (got == 0) return out;
    out.append(buffer, static_cast<size_t>(got));
  }
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return true;
}

Result<Document> Work(DocumentFormat format, const ExtractLimits& limits) {
  VG_ASSIGN_OR_RETURN(const std::string bytes, ReadAll(STDIN_FILENO));
  return Extract(format, bytes, limits);
}

}  // namespace

int ExtractWorkerMain(int argc, char** argv) {
  constexpr int kUsage = 64;
  // program extract-worker FORMAT CPU_SECONDS ADDRESS_SPACE MAX_TEXT MAX_UNPACKED MAX_PAGES
  if (argc != 8) return kUsage;
  const auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  const Result<DocumentFormat> format = FormatFromName(argv[2]);
  if (!format.ok() || !EnterJail(number(3), number(4))) return kUsage;
  const ExtractLimits limits{
      .max_text_bytes = number(5), .max_unpacked_bytes = number(6), .max_pages = number(7)};
  const std::string frame = EncodeExtractFrame(Work(*format, limits));
  // Without destructors: a hostile file may have left structures whose freeing is the dangerous
  // part.
  _exit(WriteAll(STDOUT_FILENO, frame) ? 0 : 1);
}

}  // namespace vecgate

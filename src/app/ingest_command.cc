#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "app/commands.h"
#include "app/http_client.h"
#include "app/json_reply.h"
#include "base/pause.h"
#include "document/document.h"

namespace vecgate::app {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct Source {
  std::string file;
  std::string document;  ///< Its name in the server: the path below the folder that was given.
};

/// Every file below `path` whose format is known; a file given by name must have one.
Status Collect(const std::string& path, std::vector<Source>& out) {
  std::error_code failed;
  if (fs::is_regular_file(path, failed)) {
    VG_RETURN_IF_ERROR(FormatFromFileName(path));
    out.push_back({path, fs::path(path).filename()});
    return Ok();
  }
  if (!fs::is_directory(path, failed))
    return NotFound(fmt::format("{}: no such file or folder", path), Subject::kDocument);
  std::vector<Source> found;
  for (const auto& entry : fs::recursive_directory_iterator(
           path, fs::directory_options::skip_permission_denied, failed)) {
    if (!entry.is_regular_file(failed) || !FormatFromFileName(entry.path().string()).ok()) continue;
    found.push_back({entry.path(), fs::relative(entry.path(), path)});
  }
  std::sort(found.begin(), found.end(),
            [](const Source& a, const Source& b) { return a.document < b.document; });
  out.insert(out.end(), found.begin(), found.end());
  return Ok();
}

/// One line that is drawn again and again on a terminal, and a line now and then elsewhere.
class ProgressBar {
 public:
  void Draw(size_t done, size_t failed, size_t total, uint64_t chunks) {
    if (done + failed == drawn_) return;
    drawn_ = done + failed;
    constexpr size_t kWidth = 40;
    const size_t filled = total == 0 ? kWidth : kWidth * drawn_ / total;
    const std::string line =
        fmt::format("[{}{}] {}/{} documents, {} chunks{}", std::string(filled, '#'),
                    std::string(kWidth - filled, '.'), drawn_, total, chunks,
                    failed > 0 ? fmt::format(", {} failed", failed) : "");
    if (isatty(STDOUT_FILENO) != 0) {
      fmt::print("\r{}", line);
    } else if (total < 10 || drawn_ % (total / 10) == 0 || drawn_ == total) {
      fmt::print("{}\n", line);
    }
    std::fflush(stdout);
  }
  void End() {
    if (isatty(STDOUT_FILENO) != 0) fmt::print("\n");
  }

 private:
  size_t drawn_ = static_cast<size_t>(-1);
};

class Run {
 public:
  explicit Run(const IngestCommand& command)
      : client_(command.server),
        deadline_(std::chrono::steady_clock::now() + std::chrono::seconds(command.timeout_s)) {}

  Status Everything(const std::vector<Source>& sources) {
    for (const Source& source : sources) {
      VG_RETURN_IF_ERROR(Submit(source));
      VG_RETURN_IF_ERROR(Poll(sources.size()));
    }
    while (!waiting_.empty()) {
      if (std::chrono::steady_clock::now() > deadline_) {
        bar_.End();
        return DeadlineExceeded(fmt::format(
            "{} documents are not processed yet; the server goes on with them", waiting_.size()));
      }
      Pause(std::chrono::milliseconds(100));
      VG_RETURN_IF_ERROR(Poll(sources.size()));
    }
    bar_.Draw(done_, failures_.size(), sources.size(), chunks_);
    bar_.End();
    for (const std::string& failure : failures_) fmt::print("failed: {}\n", failure);
    return Ok();
  }
  [[nodiscard]] size_t failed() const { return failures_.size(); }

 private:
  Status Submit(const Source& source) {
    while (true) {
      VG_ASSIGN_OR_RETURN(const HttpReply reply,
                          client_.PostFile("/v1/ingest", source.file, source.document));
      const Result<json> body = ParseReply(reply, source.document);
      if (body.ok()) {
        waiting_.push_back({(*body)["ingestion_id"], source.document});
        return Ok();
      }
      if (body.error().code != Code::kUnavailable || std::chrono::steady_clock::now() > deadline_) {
        failures_.push_back(body.error().message);
        return Ok();
      }
      Pause(
          std::chrono::milliseconds(500));  // The server's queue is full; it says so by 429 or 503.
    }
  }

  /// Asks for the oldest ones: workers take them in about that order.
  Status Poll(size_t total) {
    constexpr size_t kAsk = 4;
    for (size_t asked = 0; asked < kAsk && !waiting_.empty(); ++asked) {
      VG_ASSIGN_OR_RETURN(const HttpReply reply,
                          client_.Get("/v1/status/" + waiting_.front().first));
      VG_ASSIGN_OR_RETURN(const json body, ParseReply(reply, waiting_.front().second));
      const std::string state = body.value("state", "");
      if (state != "completed" && state != "failed") break;
      if (state == "completed") {
        ++done_;
        chunks_ += body.value("chunks", uint64_t{0});
      } else {
        failures_.push_back(waiting_.front().second + ": " + body.value("error", "unknown error"));
      }
      waiting_.erase(waiting_.begin());
    }
    bar_.Draw(done_, failures_.size(), total, chunks_);
    return Ok();
  }

  HttpClient client_;
  const std::chrono::steady_clock::time_point deadline_;
  ProgressBar bar_;
  std::vector<std::pair<std::string, std::string>> waiting_;  ///< ingestion id, document
  std::vector<std::string> failures_;
  size_t done_ = 0;
  uint64_t chunks_ = 0;
};

}  // namespace

int RunIngest(const IngestCommand& command) {
  std::vector<Source> sources;
  for (const std::string& path : command.paths) {
    const Status collected = Collect(path, sources);
    if (!collected.ok()) return Fail(collected.error());
  }
  if (sources.empty())
    return Fail(NotFound("no PDF, DOCX, TXT, Markdown or HTML file found", Subject::kDocument));
  Run run(command);
  const Status status = run.Everything(sources);
  if (!status.ok()) return Fail(status.error());
  return run.failed() == 0 ? 0 : ExitCodeFor(Code::kDataLoss);
}

}  // namespace vecgate::app

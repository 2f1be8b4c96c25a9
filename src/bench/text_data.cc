#include "bench/text_data.h"

#include <fmt/format.h>

#include <fstream>
#include <vector>

#include "bench/data_folder.h"

namespace vecgate::bench {
namespace {

// The embedder sorts a batch by length, so a large one wastes little on padding.
constexpr size_t kBatchLines = 256;

/// Reads on to the next line that has text; false at the end.
bool NextLine(std::ifstream& file, std::string& line) {
  while (std::getline(file, line)) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) return true;
  }
  return false;
}

Result<size_t> CountLines(const std::string& path) {
  std::ifstream file(path);
  if (!file) return NotFound(path + ": cannot be opened");
  size_t count = 0;
  for (std::string line; NextLine(file, line);) ++count;
  return count;
}

/// Whether line `number` of `total` is one of `queries`, spread evenly.
bool IsQuery(size_t number, size_t total, size_t queries) {
  return (number + 1) * queries / total != number * queries / total;
}

class TextData {
 public:
  TextData(const Embedder& embedder, DataFolder folder, size_t total, size_t queries)
      : embedder_(embedder), folder_(std::move(folder)), total_(total), queries_(queries) {}

  Status Add(const std::vector<std::string>& lines) {
    VG_ASSIGN_OR_RETURN(const auto vectors, embedder_.EmbedBatch(OpContext{}, lines));
    const size_t dim = embedder_.dimension();
    for (size_t i = 0; i < lines.size(); ++i) {
      NpyWriter& file = IsQuery(done_++, total_, queries_) ? folder_.query : folder_.base;
      VG_RETURN_IF_ERROR(file.Append({&vectors[i * dim], dim}));
    }
    return Ok();
  }
  Status Close() {
    VG_RETURN_IF_ERROR(folder_.base.Close());
    return folder_.query.Close();
  }
  [[nodiscard]] size_t done() const { return done_; }

 private:
  const Embedder& embedder_;
  DataFolder folder_;
  size_t total_;
  size_t queries_;
  size_t done_ = 0;
};

}  // namespace

Status WriteTextData(const Embedder& embedder, const TextDataOptions& options,
                     const TextProgress& progress) {
  VG_ASSIGN_OR_RETURN(const size_t total, CountLines(options.lines));
  if (total <= options.queries) {
    return InvalidArgument(
        fmt::format("{}: {} lines of text were found; more than the {} queries "
                    "(--queries) are wanted",
                    options.lines, total, options.queries));
  }
  VG_ASSIGN_OR_RETURN(DataFolder folder, OpenDataFolder(options.directory, total - options.queries,
                                                        options.queries, embedder.dimension()));
  TextData data(embedder, std::move(folder), total, options.queries);
  std::ifstream file(options.lines);
  std::vector<std::string> batch;
  for (std::string line; NextLine(file, line);) {
    batch.push_back(std::move(line));
    if (batch.size() < kBatchLines && data.done() + batch.size() < total) continue;
    VG_RETURN_IF_ERROR(data.Add(batch));
    batch.clear();
    progress(data.done(), total);
  }
  return data.Close();
}

}  // namespace vecgate::bench

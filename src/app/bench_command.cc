#include <fmt/format.h>

#include <iostream>

#include "app/commands.h"

namespace vecgate::app {
namespace {

void PrintLine(const std::string& line) {
  fmt::print("{}\n", line);
  // Who reads this through a pipe waits for each line.
  std::fflush(stdout);
}

}  // namespace

int RunBenchAnn(const bench::AnnFlags& flags) {
  const Status status = bench::RunAnnSession(flags, std::cin, PrintLine);
  return status.ok() ? 0 : Fail(status.error());
}

int RunBenchInsert(const bench::InsertFlags& flags) {
  return ExitCode(bench::RunInsertSession(flags, PrintLine));
}

int RunBenchCodes(const bench::CodesFlags& flags) {
  return ExitCode(bench::RunCodesSession(flags, PrintLine));
}

int RunBenchDb(const bench::DbFlags& flags) {
  const Status status = bench::RunDbSession(
      flags, PrintLine, [](const std::string& line) { fmt::print(stderr, "{}\n", line); });
  return status.ok() ? 0 : Fail(status.error());
}

int RunBenchDataClustered(const bench::ClusteredDataOptions& options) {
  const Status status = bench::WriteClusteredData(options);
  if (!status.ok()) return Fail(status.error());
  fmt::print("{0}/base.npy: {1} x {3}\n{0}/query.npy: {2} x {3}\n", options.directory, options.rows,
             options.queries, options.dim);
  return 0;
}

int RunBenchDataText(const bench::TextDataOptions& options) {
  const auto embedder = MakeEmbedder({});
  if (!embedder.ok()) return Fail(embedder.error());
  const Status status = bench::WriteTextData(**embedder, options, [](size_t done, size_t total) {
    fmt::print(stderr, "\r{} of {} lines embedded", done, total);
    if (done == total) fmt::print(stderr, "\n");
  });
  if (!status.ok()) return Fail(status.error());
  fmt::print("{0}/base.npy\n{0}/query.npy: {1} lines\n", options.directory, options.queries);
  return 0;
}

}  // namespace vecgate::app

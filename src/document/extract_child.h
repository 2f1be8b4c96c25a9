// Extraction in a child process with limits, so that a hostile file can neither crash nor stall the
// server, nor read its memory or secrets.
//
// The child is this very program (or `executable`) run as `extract-worker FORMAT …`: empty
// environment, input as its stdin, the framed document on its stdout, no other descriptors, no core
// file, no writing of files, bounded address space and CPU time. The parent kills it at the
// wall-clock bound and when it says too much.
//
// Thread safety: any number of calls at once.
#pragma once

#include <chrono>
#include <string>

#include "base/op_context.h"
#include "document/extract.h"

namespace vecgate {

struct ExtractChildOptions {
  ExtractLimits limits;
  std::string executable = "/proc/self/exe";
  std::chrono::milliseconds wall_time{60'000};
  int cpu_seconds = 45;
  size_t address_space_bytes = size_t{2} << 30;
};

/// The hidden command by which a program offers the worker.
inline constexpr const char* kExtractWorkerCommand = "extract-worker";

/// As Extract, and also: kResourceExhausted when the child reached one of its bounds,
/// kInvalidArgument when it crashed on the file, kUnavailable when no child could be started (try
/// again), kCancelled or kDeadlineExceeded by the context.
Result<Document> ExtractInChild(const OpContext& context, DocumentFormat format,
                                std::string_view bytes, const ExtractChildOptions& options);

/// The child's main: argv as ExtractInChild gives it. Returns the exit code.
int ExtractWorkerMain(int argc, char** argv);

}  // namespace vecgate

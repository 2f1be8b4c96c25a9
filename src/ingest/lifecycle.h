// The life of an ingestion and of its document, as pure functions.
//
//   ingestion: accepted → running → completed | failed; a cut or transiently failed run goes back
//   to accepted. A document's state follows its newest ingestion: uploaded, processing, processed,
//   error.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace vecgate {

enum class IngestionState : uint8_t { kAccepted, kRunning, kCompleted, kFailed };

enum class IngestionEvent : uint8_t {
  /// A worker took it.
  kStart,
  /// All chunks are visible.
  kFinish,
  /// It can never succeed, or has been tried often enough.
  kFail,
  /// The process died, was stopped, or something it needs is away for now.
  kRequeue,
};

/// The state after `event`. kFailedPrecondition, naming both, for a pair that cannot happen.
Result<IngestionState> Step(IngestionState state, IngestionEvent event);

/// "accepted", "running", "completed", "failed".
std::string_view StateName(IngestionState state);
Result<IngestionState> StateFromName(std::string_view name);
/// "uploaded", "processing", "processed", "error": the document's state while its newest ingestion
/// is in `state`.
std::string_view DocumentStateFor(IngestionState state);

}  // namespace vecgate

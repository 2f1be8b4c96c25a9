#include "ingest/lifecycle.h"

#include <array>

namespace vecgate {
namespace {

constexpr std::array<std::string_view, 4> kStates{"accepted", "running", "completed", "failed"};
constexpr std::array<std::string_view, 4> kDocumentStates{"uploaded", "processing", "processed",
                                                          "error"};
constexpr std::array<std::string_view, 4> kEvents{"start", "finish", "fail", "requeue"};

}  // namespace

Result<IngestionState> Step(IngestionState state, IngestionEvent event) {
  using S = IngestionState;
  using E = IngestionEvent;
  if (state == S::kAccepted && event == E::kStart) return S::kRunning;
  if (state == S::kRunning && event == E::kFinish) return S::kCompleted;
  if (state == S::kRunning && event == E::kFail) return S::kFailed;
  if (state == S::kRunning && event == E::kRequeue) return S::kAccepted;
  return FailedPrecondition("an ingestion that is " + std::string(StateName(state)) + " cannot " +
                                std::string(kEvents[static_cast<size_t>(event)]),
                            Subject::kIngestion);
}

std::string_view StateName(IngestionState state) { return kStates[static_cast<size_t>(state)]; }

Result<IngestionState> StateFromName(std::string_view name) {
  for (size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == name) return static_cast<IngestionState>(i);
  }
  return DataLoss("an ingestion has the unknown state '" + std::string(name) + "'");
}

std::string_view DocumentStateFor(IngestionState state) {
  return kDocumentStates[static_cast<size_t>(state)];
}

}  // namespace vecgate

// Deadlines and cancellation: an operation that should stop says so, and may be repeated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "engine/conformance/fixture.h"

namespace vecgate::conformance {
namespace {

void ExpectEveryCallFails(Fixture& f, const OpContext& context, Code code) {
  Engine& engine = f.engine();
  constexpr CollectionId kItems = Fixture::kItems;
  const auto expect = [code](const auto& result, const char* what) {
    ASSERT_FALSE(result.ok()) << what;
    EXPECT_EQ(result.error().code, code) << what << ": " << result.error().message;
  };
  expect(engine.CreateCollection(context, {CollectionId{55}, ItemSchema()}), "CreateCollection");
  expect(engine.Write(context, kItems, WriteMode::kInsert, ItemBatch(Line(100, 5))), "Write");
  expect(engine.Delete(context, kItems, {.keys = Keys({1}), .selection = {}}), "Delete");
  expect(engine.Search(context, kItems, Near(0, 0, 3)), "Search");
  expect(engine.Query(context, kItems, {}), "Query");
}

void PastItsDeadlineACallSaysSo(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 10));
  OpContext late;
  late.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  ExpectEveryCallFails(f, late, Code::kDeadlineExceeded);
  // Nothing was broken; the calls may be repeated.
  f.Write(Line(100, 5));
  EXPECT_EQ(f.Delete({.keys = Keys({1}), .selection = {}}), 1U);
  EXPECT_EQ(f.Count(), 14U);
}

void CancelledACallSaysSo(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 10));
  std::atomic<bool> cancelled{true};
  OpContext context;
  context.cancelled = &cancelled;
  ExpectEveryCallFails(f, context, Code::kCancelled);
  cancelled = false;
  EXPECT_TRUE(f.engine().Query(context, Fixture::kItems, {}).ok());
}

// Capabilities::whole_after_crash: of a write that ran out of time, all or nothing is there; and
// where an engine cannot promise it, all is there once the write was repeated.
void AWriteThatWasCutOffMayBeRepeated(Fixture& f) {
  constexpr int64_t kRows = 20;
  const bool whole = f.engine().GetCapabilities().whole_after_crash;
  f.CreateItems();
  std::vector<Item> items = Line(0, kRows);
  for (Item& item : items) item.rank = 0;
  f.Write(items, WriteMode::kUpsert);
  for (int64_t version = 1; version <= 10; ++version) {
    for (Item& item : items) item.rank = version;
    const auto of_version = [&] {
      const std::string text = "rank == " + std::to_string(version);
      return f.Count({.partitions = {}, .filter = ItemFilter(text)});
    };
    const auto in_time = OpContext::WithTimeout(std::chrono::milliseconds(version / 2));
    const auto cut_off =
        f.engine().Write(in_time, Fixture::kItems, WriteMode::kUpsert, ItemBatch(items));
    if (!cut_off.ok()) {
      EXPECT_EQ(cut_off.error().code, Code::kDeadlineExceeded) << cut_off.error().message;
    }
    if (whole) {
      EXPECT_THAT(of_version(), ::testing::AnyOf(0U, static_cast<uint64_t>(kRows)));
    }
    f.Write(items, WriteMode::kUpsert);
    EXPECT_EQ(of_version(), static_cast<uint64_t>(kRows));
    EXPECT_EQ(f.Count(), static_cast<uint64_t>(kRows));
  }
}

void WritesMayBeRepeated(Fixture& f) {
  f.CreateItems();
  for (int i = 0; i < 3; ++i) f.Write(Line(0, 10), WriteMode::kUpsert);
  EXPECT_EQ(f.Count(), 10U);
}

}  // namespace

std::vector<Case> InterruptionCases() {
  return {{"PastItsDeadlineACallSaysSo", PastItsDeadlineACallSaysSo},
          {"CancelledACallSaysSo", CancelledACallSaysSo},
          {"AWriteThatWasCutOffMayBeRepeated", AWriteThatWasCutOffMayBeRepeated},
          {"WritesMayBeRepeated", WritesMayBeRepeated}};
}

}  // namespace vecgate::conformance

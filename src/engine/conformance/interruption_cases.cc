// Deadlines and cancellation: an operation that should stop says so, and may be repeated.
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

void WritesMayBeRepeated(Fixture& f) {
  f.CreateItems();
  for (int i = 0; i < 3; ++i) f.Write(Line(0, 10), WriteMode::kUpsert);
  EXPECT_EQ(f.Count(), 10U);
}

}  // namespace

std::vector<Case> InterruptionCases() {
  return {{"PastItsDeadlineACallSaysSo", PastItsDeadlineACallSaysSo},
          {"CancelledACallSaysSo", CancelledACallSaysSo},
          {"WritesMayBeRepeated", WritesMayBeRepeated}};
}

}  // namespace vecgate::conformance

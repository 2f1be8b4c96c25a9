#include "index/reader_epochs.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace vecgate::index {
namespace {

TEST(ReaderEpochs, WaitForThoseWhoRanAtTheAdvanceAndNotForLaterOnes) {
  ReaderEpochs epochs;
  ASSERT_TRUE(epochs.Advance());
  EXPECT_TRUE(epochs.HavePassed()) << "no one was reading";
  auto early = std::make_unique<ReaderEpochs::Reading>(epochs);
  ASSERT_TRUE(epochs.Advance());
  EXPECT_FALSE(epochs.HavePassed());
  const ReaderEpochs::Reading late(epochs);
  EXPECT_FALSE(epochs.Advance()) << "the first one is still waited for";
  early.reset();
  EXPECT_TRUE(epochs.HavePassed());
  ASSERT_TRUE(epochs.Advance());
  EXPECT_FALSE(epochs.HavePassed()) << "now the second one is";
}

// As neighbour codes are written over: a reader looks only at what is marked, and the writer
// unmarks it, waits, writes and marks it again. Under TSan this is the proof of the header's
// argument.
TEST(ReaderEpochs, WhatIsWrittenOverIsReadByNoOne) {
  constexpr int kRounds = 2000;
  ReaderEpochs epochs;
  std::atomic<bool> is_marked{true};
  std::atomic<bool> done{false};
  int first = 0;
  int second = 0;
  std::vector<std::jthread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      while (!done) {
        const ReaderEpochs::Reading reading(epochs);
        if (!is_marked.load(std::memory_order_acquire)) continue;
        ASSERT_EQ(first, second);
      }
    });
  }
  for (int round = 1; round <= kRounds; ++round) {
    is_marked.store(false, std::memory_order_release);
    while (!epochs.Advance()) std::this_thread::yield();
    while (!epochs.HavePassed()) std::this_thread::yield();
    first = round;
    second = round;
    is_marked.store(true, std::memory_order_release);
  }
  done = true;
}

}  // namespace
}  // namespace vecgate::index

// The small values that every layer shares: uuids, random numbers, secrets, locks, deadlines.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/guarded.h"
#include "base/op_context.h"
#include "base/rng.h"
#include "base/secret.h"
#include "base/uuid.h"

namespace vecgate {
namespace {

TEST(UuidTest, FreshOnesAreVersionFourAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewUuid();
    ASSERT_TRUE(IsUuid(id)) << id;
    EXPECT_EQ(id[14], '4') << id;
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
    EXPECT_TRUE(seen.insert(id).second) << id;
  }
}

TEST(UuidTest, OnlyTheOneFormIsAUuid) {
  EXPECT_TRUE(IsUuid("01234567-89AB-cdef-0123-456789abcdef"));
  for (const char* text :
       {"", "0123456789ab-cdef-0123-456789abcdef-", "x", "01234567-89ab-cdef-0123-456789abcde",
        "01234567-89ab-cdef-0123-456789abcdeg", "01234567-89ab-cdef-0123-456789abcdef0",
        "01234567089ab-cdef-0123-456789abcdef", "../../../../etc/passwd/0123456789ab",
        "{1234567-89ab-cdef-0123-456789abcdef"}) {
    EXPECT_FALSE(IsUuid(text)) << text;
  }
}

TEST(RngTest, TheSameSeedGivesTheSameNumbersEverywhere) {
  // The published first outputs of splitmix64 with seed 1234567.
  Rng rng(1234567);
  EXPECT_EQ(rng.Next(), 6457827717110365317ULL);
  EXPECT_EQ(rng.Next(), 3203168211198807973ULL);
  EXPECT_EQ(rng.Next(), 9817491932198370423ULL);
  EXPECT_NE(Rng(1).Next(), Rng(2).Next());
}

TEST(RngTest, NumbersStayInTheirRange) {
  Rng rng(7);
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    EXPECT_LT(rng.Below(3), 3U);
    const int64_t between = rng.Between(-2, 2);
    EXPECT_TRUE(between >= -2 && between <= 2) << between;
    const double unit = rng.Unit();
    EXPECT_TRUE(unit >= 0 && unit < 1) << unit;
    const double normal = rng.Gaussian();
    sum += normal;
    squares += normal * normal;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.05);
  EXPECT_NEAR(squares / kDraws, 1, 0.05);
  EXPECT_FALSE(rng.Chance(0));
  EXPECT_TRUE(rng.Chance(1));
}

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

TEST(SecretTest, OnlyRevealGivesTheValue) {
  static_assert(!Printable<Secret<std::string>>);
  static_assert(!std::is_convertible_v<Secret<std::string>, std::string>);
  const Secret<std::string> secret(std::string("hunter2"));
  EXPECT_EQ(secret.Reveal(), "hunter2");
  EXPECT_EQ(secret.Redacted(), "*** SET ***");
  EXPECT_EQ(Secret<std::string>().Redacted(), "!!! NOT SET !!!");
  EXPECT_TRUE(Secret<std::string>().empty());
}

TEST(GuardedTest, WritersExcludeEachOther) {
  Guarded<int> counter(0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10000; ++i) ++*counter.Lock();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*counter.LockShared(), 40000);
}

TEST(GuardedTest, ReadersShareAndSeeAConstValue) {
  const Guarded<std::string> text("abc");
  const auto first = text.LockShared();
  const auto second = text.LockShared();  // Would not return if readers excluded each other.
  static_assert(std::is_same_v<decltype(*first), const std::string&>);
  EXPECT_EQ(*first, *second);
}

TEST(OpContextTest, RunsUntilItIsCancelledOrLate) {
  EXPECT_TRUE(OpContext{}.Check().ok());
  EXPECT_TRUE(OpContext::WithTimeout(std::chrono::hours(1)).Check().ok());
  EXPECT_EQ(OpContext::WithTimeout(std::chrono::milliseconds(-1)).Check().error().code,
            Code::kDeadlineExceeded);

  std::atomic<bool> cancelled = false;
  OpContext context = OpContext::WithTimeout(std::chrono::milliseconds(-1));
  context.cancelled = &cancelled;
  EXPECT_EQ(context.Check().error().code, Code::kDeadlineExceeded);
  cancelled = true;
  EXPECT_EQ(context.Check().error().code, Code::kCancelled) << "cancelled wins over late";
}

}  // namespace
}  // namespace vecgate

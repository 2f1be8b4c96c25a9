#include "ingest/lifecycle.h"

#include <gtest/gtest.h>

#include <map>

namespace vecgate {
namespace {

using S = IngestionState;
using E = IngestionEvent;

// Every pair: what is not in the table cannot happen.
TEST(LifecycleTest, EveryPairOfStateAndEvent) {
  const std::map<std::pair<S, E>, S> allowed{{{S::kAccepted, E::kStart}, S::kRunning},
                                             {{S::kRunning, E::kFinish}, S::kCompleted},
                                             {{S::kRunning, E::kFail}, S::kFailed},
                                             {{S::kRunning, E::kRequeue}, S::kAccepted}};
  for (const S state : {S::kAccepted, S::kRunning, S::kCompleted, S::kFailed}) {
    for (const E event : {E::kStart, E::kFinish, E::kFail, E::kRequeue}) {
      const Result<S> next = Step(state, event);
      const auto found = allowed.find({state, event});
      if (found == allowed.end()) {
        EXPECT_EQ(next.error().code, Code::kFailedPrecondition);
      } else {
        ASSERT_TRUE(next.ok());
        EXPECT_EQ(*next, found->second);
      }
    }
  }
}

TEST(LifecycleTest, NamesGoBothWays) {
  for (const S state : {S::kAccepted, S::kRunning, S::kCompleted, S::kFailed}) {
    EXPECT_EQ(StateFromName(StateName(state)).value(), state);
  }
  EXPECT_FALSE(StateFromName("odd").ok());
  EXPECT_EQ(DocumentStateFor(S::kAccepted), "uploaded");
  EXPECT_EQ(DocumentStateFor(S::kRunning), "processing");
  EXPECT_EQ(DocumentStateFor(S::kCompleted), "processed");
  EXPECT_EQ(DocumentStateFor(S::kFailed), "error");
}

}  // namespace
}  // namespace vecgate

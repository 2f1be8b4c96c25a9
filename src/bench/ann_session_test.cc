// `vecgate bench ann` from flags to lines, on a small data set.
#include "bench/ann_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/clustered_data.h"
#include "bench/data_file_fixture.h"
#include "bench/ground_truth.h"

namespace vecgate::bench {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// More rows than an engine compares without asking its index.
constexpr size_t kRows = 2200;

class AnnSessionTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(
        WriteClusteredData(
            {.rows = kRows, .dim = 16, .queries = 20, .seed = 1, .directory = files_.Path("")})
            .ok());
    flags_.base = files_.Path("base.npy");
    flags_.query = files_.Path("query.npy");
    flags_.metric = "COSINE";
    flags_.index = "HNSW";
    flags_.sweep = "64";
    flags_.json = true;
    flags_.rounds = 1;
  }
  Status Run(const std::string& input = "") {
    std::istringstream lines(input);
    out_.clear();
    return RunAnnSession(flags_, lines, [this](const std::string& line) { out_.push_back(line); });
  }
  std::string Refusal() {
    const Status status = Run();
    return status.ok() ? "" : status.error().message;
  }
  [[nodiscard]] json Line(size_t i) const { return json::parse(out_.at(i)); }

  DataFiles files_;
  AnnFlags flags_;
  std::vector<std::string> out_;
};

TEST_F(AnnSessionTest, TellsBuildAndPoints) {
  flags_.sweep = "10,100";
  flags_.threads = 2;
  ASSERT_TRUE(Run().ok());
  ASSERT_EQ(out_.size(), 3U);
  EXPECT_EQ(Line(0)["rows"], kRows);
  EXPECT_EQ(Line(0)["index"], "HNSW");
  EXPECT_EQ(Line(1)["value"], 10);
  EXPECT_EQ(Line(2)["sweep"], "ef");
  EXPECT_EQ(Line(2)["threads"], 2);
  EXPECT_GT(Line(2)["recall"], 0.95);
  EXPECT_GE(Line(2)["recall"], Line(1)["recall"]);
  EXPECT_GT(Line(2)["qps_cpu"], 0);
  EXPECT_GE(Line(2)["p99_us"], Line(2)["p50_us"]);
}

TEST_F(AnnSessionTest, AnExactIndexHasOnePointAndPerfectRecall) {
  flags_.index = "FLAT";
  for (const char* metric : {"L2", "IP", "COSINE"}) {
    flags_.metric = metric;
    ASSERT_TRUE(Run().ok());
    ASSERT_EQ(out_.size(), 2U);
    EXPECT_EQ(Line(1)["recall"], 1.0) << metric;
  }
}

TEST_F(AnnSessionTest, FiltersHaveTheirShareOfRowsAndTheirOwnTruth) {
  for (const char* filter : {"random:0.1", "correlated:0.1"}) {
    flags_.filter = filter;
    ASSERT_TRUE(Run().ok());
    EXPECT_EQ(Line(0)["matching_rows"], kRows / 10) << filter;
    EXPECT_GT(Line(1)["recall"], 0.95) << filter;
  }
}

TEST_F(AnnSessionTest, UpkeepIsTimedWithSearchesBesideItAndLeavesTheAnswersRight) {
  flags_.rebuild = true;
  flags_.search_while_building = true;
  ASSERT_TRUE(Run().ok());
  EXPECT_GT(Line(0)["while_building"]["recall"], 0.95);
  EXPECT_GT(Line(0)["rebuild"]["while_at_it"]["recall"], 0.95);
  flags_.replace = 0.5;
  ASSERT_TRUE(Run().ok());
  const json built = Line(0);
  EXPECT_GT(built["while_building"]["queries"], 0);
  EXPECT_FALSE(built["while_building"].contains("recall"));
  for (const char* work : {"replace", "rebuild"}) {
    EXPECT_GT(built[work]["seconds"], 0) << work;
    const json& beside = built[work]["while_at_it"];
    EXPECT_GT(beside["queries"], 0) << work;
    EXPECT_GE(beside["p99_us"], beside["p50_us"]) << work;
  }
  EXPECT_GT(Line(1)["recall"], 0.95);
}

TEST_F(AnnSessionTest, AnswersLinesUntilTheyEnd) {
  flags_.interactive = true;
  ASSERT_TRUE(Run("{\"value\":32,\"latency\":true}\n\nnonsense\n{\"value\":0}\n"
                  "{\"value\":64,\"threads\":2}\n")
                  .ok());
  ASSERT_EQ(out_.size(), 5U);
  EXPECT_EQ(Line(0)["event"], "built");
  EXPECT_TRUE(Line(1).contains("p50_us"));
  EXPECT_THAT(Line(2)["message"].get<std::string>(), HasSubstr("'nonsense' is not allowed"));
  EXPECT_EQ(Line(3)["event"], "error");
  EXPECT_EQ(Line(4)["value"], 64);
  EXPECT_FALSE(Line(4).contains("p50_us"));
}

TEST_F(AnnSessionTest, TextIsATable) {
  flags_.json = false;
  ASSERT_TRUE(Run().ok());
  ASSERT_EQ(out_.size(), 3U);
  EXPECT_THAT(out_[0], HasSubstr("2200 rows x 16"));
  EXPECT_THAT(out_[1], HasSubstr("QPS CPU"));
}

TEST_F(AnnSessionTest, BadFlagsNameFlagValueAndWhatIsAllowed) {
  const auto refusal = [this](std::string AnnFlags::*flag, const std::string& value) {
    const std::string good = std::exchange(flags_.*flag, value);
    const std::string message = Refusal();
    flags_.*flag = good;
    return message;
  };
  EXPECT_THAT(refusal(&AnnFlags::metric, "HAMMING"), HasSubstr("--metric 'HAMMING'"));
  EXPECT_THAT(refusal(&AnnFlags::metric, "HAMMING"), HasSubstr("L2, IP, COSINE"));
  EXPECT_THAT(refusal(&AnnFlags::index, "BTREE"), HasSubstr("--index 'BTREE'"));
  EXPECT_THAT(refusal(&AnnFlags::index, "Trie"), HasSubstr("--index 'Trie'"));
  for (const char* params : {"M", "=1", "M=", "M=1,"}) {
    EXPECT_THAT(refusal(&AnnFlags::params, params), HasSubstr("name=value pairs")) << params;
  }
  for (const char* sweep : {"", "0", "16,", "a", "16;32", "65537", "-1"}) {
    EXPECT_THAT(refusal(&AnnFlags::sweep, sweep), HasSubstr("from 1 to 65536")) << sweep;
  }
  for (const char* filter : {"", "some", "random", "random:0", "random:2", "nearby:0.1"}) {
    EXPECT_THAT(refusal(&AnnFlags::filter, filter), HasSubstr("none, random:SHARE")) << filter;
  }
}

TEST_F(AnnSessionTest, FilesMustFitEachOther) {
  flags_.query = files_.Write("other.fbin", BinFile<float>(1, 2, {1, 2}));
  EXPECT_THAT(Refusal(), AllOf(HasSubstr("2 dimensions"), HasSubstr("have 16")));
  flags_.query = files_.Path("query.npy");
  flags_.gt = files_.Write("gt.ibin", BinFile<int32_t>(1, 2, {1, 2}));
  EXPECT_THAT(Refusal(), AllOf(HasSubstr("gt.ibin"), HasSubstr("20 rows (the queries)")));
}

TEST(ClusteredDataTest, TheSameSeedGivesTheSameUnitVectors) {
  const DataFiles files;
  const auto base = [&](const char* name, uint64_t seed, size_t queries) {
    const std::string folder = files.Path(name);
    EXPECT_TRUE(WriteClusteredData(
                    {.rows = 200, .dim = 12, .queries = queries, .seed = seed, .directory = folder})
                    .ok());
    return std::move(*OpenVectors(folder + "/base.npy"));
  };
  const VectorFile a = base("a", 1, 5);
  const VectorFile b = base("b", 1, 9);
  const VectorFile c = base("c", 2, 5);
  for (size_t row = 0; row < 200; ++row) {
    EXPECT_NEAR(ExactScore(Metric::kInnerProduct, a.RowSpan(row), a.RowSpan(row)), 1, 1e-6);
    EXPECT_THAT(a.RowSpan(row), testing::ElementsAreArray(b.RowSpan(row)));
  }
  EXPECT_NE(a.Row(0)[0], c.Row(0)[0]);
}

}  // namespace
}  // namespace vecgate::bench

// `vecgate bench codes` from flags to lines, on a small data set.
#include "bench/codes_session.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "bench/clustered_data.h"
#include "bench/data_file_fixture.h"

namespace vecgate::bench {
namespace {

using nlohmann::json;

class CodesSessionTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(
        WriteClusteredData(
            {.rows = 2000, .dim = 64, .queries = 30, .seed = 1, .directory = files_.Path("")})
            .ok());
    flags_.base = files_.Path("base.npy");
    flags_.query = files_.Path("query.npy");
    flags_.index = "FLAT";
    flags_.json = true;
  }
  std::map<std::string, json> Figures() {
    std::map<std::string, json> out;
    const Status done = RunCodesSession(flags_, [&](const std::string& line) {
      const json figures = json::parse(line);
      out[figures["codes"]] = figures;
    });
    EXPECT_TRUE(done.ok()) << done.error().message;
    return out;
  }
  std::string Refusal() {
    const Status status = RunCodesSession(flags_, [](const std::string&) {});
    return status.ok() ? "" : status.error().message;
  }

  DataFiles files_;
  CodesFlags flags_;
};

TEST_F(CodesSessionTest, MoreBitsKeepMoreOfTheNeighbours) {
  for (const char* metric : {"COSINE", "L2"}) {
    flags_.metric = metric;
    flags_.codes = "SQ8,SQ4,INT8,PQ16x4,RABITQ1,RABITQ2,RABITQ4,RABITQ8";
    auto figures = Figures();
    ASSERT_EQ(figures.size(), 8U);
    EXPECT_EQ(figures["RABITQ4"]["bytes"], 64 / 2 + 8);
    EXPECT_EQ(figures["PQ16x4"]["bytes"], 8);
    const auto recall = [&](const char* name) { return figures[name]["recall"].get<double>(); };
    EXPECT_GT(recall("SQ8"), 0.95);
    EXPECT_GT(recall("INT8"), 0.95);
    EXPECT_GT(recall("RABITQ8"), 0.95);
    EXPECT_GT(recall("RABITQ4"), recall("RABITQ2"));
    EXPECT_GT(recall("RABITQ2"), recall("RABITQ1"));
    EXPECT_GT(recall("RABITQ1"), 0.1);
    for (const auto& [name, one] : figures) {
      EXPECT_GE(one["reranked_recall"], one["recall"]) << name;
      EXPECT_LE(one["reranked_recall"], 1) << name;
    }
  }
}

TEST_F(CodesSessionTest, ComparingEverythingAgainIsExact) {
  flags_.metric = "IP";
  flags_.codes = "RABITQ1";
  flags_.rerank = 2000;
  EXPECT_EQ(Figures()["RABITQ1"]["reranked_recall"], 1);
}

TEST_F(CodesSessionTest, WhatDoesNotFitIsNamed) {
  flags_.metric = "COSINE";
  for (const char* name : {"SQ9", "PQ16", "PQ16x", "RABITQ3", ""}) {
    flags_.codes = name;
    EXPECT_NE(Refusal().find("--codes"), std::string::npos) << name;
  }
  flags_.codes = "PQ7x8";
  EXPECT_NE(Refusal().find('7'), std::string::npos);
  flags_.codes = "SQ8";
  flags_.rerank = 5;
  EXPECT_NE(Refusal().find("--rerank '5'"), std::string::npos);
}

}  // namespace
}  // namespace vecgate::bench

#include "index/ivf_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "index/clustered_vectors.h"
#include "index/flat_scan.h"
#include "index/section_file.h"

namespace vecgate::index {
namespace {

constexpr size_t kHits = 10;

std::string TempPath(const std::string& name) { return testing::TempDir() + "/vecgate_" + name; }

constexpr auto kAll = [](Slot /*slot*/) { return true; };

// An arena of clustered vectors and an index over them, trained on all of them.
class Fixture {
 public:
  Fixture(Metric metric, size_t count, size_t dim, const IvfOptions& options)
      : count_(count), dim_(dim), options_(options), arena_(dim), space_(metric, arena_) {
    const auto vectors = ClusteredVectors(count, dim, 40, 1);
    EXPECT_TRUE(arena_.Reserve(count).ok());
    for (size_t i = 0; i < count; ++i) arena_.Set(static_cast<Slot>(i), &vectors[i * dim]);
    index_ = NewIndex();
    EXPECT_TRUE(index_->Train(PreparedRows(space_, vectors).data(), count).ok());
    EXPECT_TRUE(index_->Reserve(count).ok());
  }
  [[nodiscard]] std::unique_ptr<IvfIndex> NewIndex() const {
    auto made = IvfIndex::Create(options_, space_);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return std::move(*made);
  }
  void Add(size_t from, size_t to, size_t threads = 1) {
    std::atomic<size_t> next{from};
    std::vector<std::jthread> builders;
    for (size_t t = 0; t < threads; ++t) {
      builders.emplace_back([&] {
        for (size_t i = next++; i < to; i = next++) {
          index_->Encode(static_cast<Slot>(i));
          ASSERT_TRUE(index_->Add(static_cast<Slot>(i)).ok());
        }
      });
    }
  }
  template <typename Accept>
  std::vector<Neighbor> Exact(const float* query, Accept accept) const {
    TopK best(kHits, std::less<Neighbor>{});
    std::vector<float> distance(1);
    for (Slot slot = 0; slot < count_; ++slot) {
      if (!accept(slot)) continue;
      space_.Distances(query, &slot, 1, distance.data());
      best.Offer({distance[0], slot});
    }
    return best.Take();
  }
  template <typename Accept>
  double Recall(const IvfIndex& index, size_t nprobe, Accept accept) const {
    constexpr size_t kQueries = 40;
    const auto queries = ClusteredVectors(kQueries, dim_, 40, 99);
    size_t found = 0;
    for (size_t q = 0; q < kQueries; ++q) {
      const auto query = space_.Prepare({&queries[q * dim_], dim_});
      const auto exact = Exact(query.data(), accept);
      const auto result =
          index.Search(OpContext{}, query.data(), {.hits = kHits, .nprobe = nprobe}, accept);
      EXPECT_TRUE(result.ok());
      EXPECT_TRUE(std::is_sorted(result->hits.begin(), result->hits.end()));
      for (const Neighbor& hit : result->hits) {
        found += static_cast<size_t>(std::count_if(
            exact.begin(), exact.end(), [&](auto& one) { return one.slot == hit.slot; }));
      }
    }
    return static_cast<double>(found) / (kQueries * kHits);
  }
  [[nodiscard]] AnnResult Search(const SearchEffort& effort, AcceptSlot accept = kAll) const {
    const auto query = space_.Prepare({arena_.Row(7), dim_});
    auto result = index_->Search(OpContext{}, query.data(), effort, accept);
    EXPECT_TRUE(result.ok());
    return std::move(*result);
  }

  size_t count_;
  size_t dim_;
  IvfOptions options_;
  VectorArena arena_;
  VectorSpace space_;
  std::unique_ptr<IvfIndex> index_;
};

TEST(IvfIndex, RecallRisesWithTheListsScanned) {
  Fixture f(Metric::kL2, 20000, 64, {.nlist = 64});
  f.Add(0, 20000);
  EXPECT_EQ(f.index_->size(), 20000U);
  EXPECT_EQ(f.index_->lists(), 64U);
  const double few = f.Recall(*f.index_, 1, kAll);
  EXPECT_LT(few, f.Recall(*f.index_, 8, kAll) + 1e-9);
  EXPECT_GE(f.Recall(*f.index_, 8, kAll), 0.95);
  EXPECT_EQ(f.Recall(*f.index_, 64, kAll), 1.0);
}

TEST(IvfIndex, EachCodeOnEachMetric) {
  const IvfCodes each[] = {IvfCodes::kFull, IvfCodes::kScalar8, IvfCodes::kScalar4,
                           IvfCodes::kProduct};
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct, Metric::kCosine}) {
    for (const IvfCodes codes : each) {
      Fixture f(metric, 3000, 32, {.nlist = 32, .codes = codes, .product = {.m = 16, .nbits = 4}});
      f.Add(0, 3000);
      EXPECT_GE(f.Recall(*f.index_, 16, kAll), 0.9)
          << static_cast<int>(metric) << " " << static_cast<int>(codes);
    }
  }
}

// Refined hits carry the exact distance; those of codes alone are near it.
TEST(IvfIndex, RefinedDistancesAreExact) {
  for (const bool refine : {true, false}) {
    Fixture f(Metric::kL2, 2000, 32, {.nlist = 16, .codes = IvfCodes::kScalar8, .refine = refine});
    f.Add(0, 2000);
    for (const Neighbor& hit : f.Search({.hits = 20}).hits) {
      float exact = 0;
      f.space_.Distances(f.arena_.Row(7), &hit.slot, 1, &exact);
      EXPECT_NEAR(hit.distance, exact, refine ? 0 : 0.5);
    }
  }
}

// One row in 200 matches: the nearest lists do not hold ten of them.
TEST(IvfIndex, AFilteredSearchFindsAsManyAsMatch) {
  Fixture f(Metric::kL2, 4000, 16, {.nlist = 64, .codes = IvfCodes::kScalar8});
  f.Add(0, 4000);
  const auto few = [](Slot slot) { return slot % 200 == 3; };  // 20 rows
  AnnResult found = f.Search({.hits = 10, .nprobe = 1}, few);
  EXPECT_EQ(found.hits.size(), 10U);
  found = f.Search({.hits = 50, .nprobe = 1}, few);
  EXPECT_EQ(found.hits.size(), 20U);
  EXPECT_TRUE(found.exhausted && found.complete);
  for (const Neighbor& hit : found.hits) EXPECT_TRUE(few(hit.slot));
}

TEST(IvfIndex, ALimitEndsTheSearchAndAllListsExhaustIt) {
  Fixture f(Metric::kL2, 4000, 16, {.nlist = 16});
  f.Add(0, 4000);
  EXPECT_FALSE(f.Search({.hits = 5, .nprobe = 2}).exhausted);
  EXPECT_FALSE(f.Search({.hits = 5, .nprobe = 16}).exhausted);
  EXPECT_TRUE(f.Search({.hits = 5000, .nprobe = 16}).exhausted);
  const AnnResult cut = f.Search({.hits = 5, .nprobe = 16, .most_distances = 100});
  EXPECT_FALSE(cut.complete);
  EXPECT_FALSE(cut.exhausted);
  EXPECT_EQ(cut.hits.size(), 5U);
}

TEST(IvfIndex, AScanComparesExactlyWhatItIsGiven) {
  for (const IvfCodes codes : {IvfCodes::kFull, IvfCodes::kScalar4, IvfCodes::kProduct}) {
    Fixture f(Metric::kCosine, 3000, 32, {.nlist = 32, .codes = codes, .product = {.m = 16}});
    f.Add(0, 3000);
    const auto odd = [](Slot slot) { return slot % 2 == 1; };
    const auto query = f.space_.Prepare({f.arena_.Row(7), 32});
    Slot at = 1;
    const auto next = [&](Slot& slot) {
      slot = at;
      at += 2;
      return slot < 3000;
    };
    const auto found = f.index_->Scan(OpContext{}, query.data(), kHits, next);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->hits, f.Exact(query.data(), odd));
  }
}

TEST(IvfIndex, ASearchEndsWhenTheCallerIsGone) {
  Fixture f(Metric::kL2, 2000, 16, {.nlist = 16});
  f.Add(0, 2000);
  std::atomic<bool> cancelled{true};
  OpContext context;
  context.cancelled = &cancelled;
  const auto found = f.index_->Search(context, f.arena_.Row(0), {}, kAll);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::kCancelled);
}

// Under TSan this is the proof of the header's memory-order argument.
TEST(IvfIndex, SearchesRunBesideParallelAdds) {
  for (const IvfCodes codes : {IvfCodes::kScalar8, IvfCodes::kProduct}) {
    Fixture f(Metric::kCosine, 6000, 16,
              {.nlist = 8, .codes = codes, .product = {.m = 8, .nbits = 4}});
    std::atomic<bool> built{false};
    std::jthread reader([&] {
      size_t last = 0;
      while (!built) {
        const size_t before = f.index_->size();
        const AnnResult found = f.Search({.hits = 32, .nprobe = 8});
        ASSERT_GE(found.hits.size(), std::min<size_t>(before, 32));
        ASSERT_GE(found.hits.size(), last);
        last = found.hits.size();
      }
    });
    f.Add(0, 6000, 3);
    built = true;
    EXPECT_EQ(f.Search({.hits = 6000, .nprobe = 8}).hits.size(), 6000U);
  }
}

TEST(IvfIndex, FewerVectorsThanListsMakeFewerLists) {
  Fixture f(Metric::kL2, 50, 8, {.nlist = 128});
  f.Add(0, 50);
  EXPECT_EQ(f.index_->lists(), 50U);
  EXPECT_EQ(f.Recall(*f.index_, 50, kAll), 1.0);
}

TEST(IvfIndex, ImpossibleOptionsAreRefused) {
  VectorArena arena(8);
  const VectorSpace space(Metric::kL2, arena);
  EXPECT_EQ(IvfIndex::Create({.nlist = 0}, space).error().code, Code::kInvalidArgument);
  EXPECT_EQ(IvfIndex::Create({.nlist = 65537}, space).error().code, Code::kInvalidArgument);
  const IvfOptions product{.codes = IvfCodes::kProduct, .product = {.m = 3}};
  EXPECT_EQ(IvfIndex::Create(product, space).error().code, Code::kInvalidArgument);
  const auto index = *IvfIndex::Create({.codes = IvfCodes::kProduct}, space);
  EXPECT_EQ(index->training_rows(), 39U * 128);
  const std::vector<float> few(100 * 8, 1.0F);
  EXPECT_EQ(index->Train(few.data(), 100).error().code, Code::kInvalidArgument);
  EXPECT_EQ(index->Save(TempPath("untrained.ivf"), 0, "").error().code, Code::kFailedPrecondition);
}

TEST(IvfSnapshot, ReopensWithTheSameAnswersAndGrowsOn) {
  for (const IvfCodes codes : {IvfCodes::kFull, IvfCodes::kScalar8, IvfCodes::kProduct}) {
    Fixture f(Metric::kL2, 3000, 24, {.nlist = 32, .codes = codes, .product = {.m = 12}});
    f.Add(0, 2000);
    const std::string path = TempPath("reopen.ivf");
    ASSERT_TRUE(f.index_->Save(path, 2000, "tag").ok());
    const AnnResult before = f.Search({.hits = 20});
    f.index_ = f.NewIndex();
    const auto loaded = f.index_->Load(path);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_EQ(loaded->slots, 2000U);
    EXPECT_EQ(loaded->tag, "tag");
    EXPECT_EQ(f.index_->size(), 2000U);
    EXPECT_EQ(f.Search({.hits = 20}).hits, before.hits);
    ASSERT_TRUE(f.index_->Reserve(3000).ok());
    f.Add(2000, 3000);
    EXPECT_GE(f.Recall(*f.index_, 16, kAll), 0.95);
  }
}

// Slots from `slots` on were added after what the snapshot stands for, and stay out of it.
TEST(IvfSnapshot, HoldsTheSlotsBelowItsEnd) {
  Fixture f(Metric::kL2, 1000, 8, {.nlist = 8});
  f.Add(0, 1000);
  const std::string path = TempPath("part.ivf");
  ASSERT_TRUE(f.index_->Save(path, 600, "").ok());
  f.index_ = f.NewIndex();
  ASSERT_TRUE(f.index_->Load(path).ok());
  EXPECT_EQ(f.index_->size(), 600U);
}

TEST(IvfSnapshot, TwoTrainingsGiveEqualFiles) {
  const auto bytes_of = [](const std::string& name) {
    const IvfOptions options{.nlist = 16, .codes = IvfCodes::kProduct, .product = {.m = 4}};
    Fixture f(Metric::kL2, 1000, 16, options);
    f.Add(0, 1000);
    EXPECT_TRUE(f.index_->Save(TempPath(name), 1000, "").ok());
    std::ifstream in(TempPath(name), std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  };
  EXPECT_TRUE(bytes_of("once.ivf") == bytes_of("twice.ivf"));
}

TEST(IvfSnapshot, EachDamagedOrCutFileIsDataLoss) {
  Fixture f(Metric::kL2, 1000, 8, {.nlist = 16, .codes = IvfCodes::kScalar8});
  f.Add(0, 1000);
  const std::string path = TempPath("damage.ivf");
  ASSERT_TRUE(f.index_->Save(path, 1000, "").ok());
  std::ifstream in(path, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto code_of = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    const auto loaded = f.NewIndex()->Load(path);
    return loaded.ok() ? Code::kOk : loaded.error().code;
  };
  EXPECT_EQ(code_of(whole), Code::kOk);
  for (const size_t size : {size_t{0}, size_t{8}, size_t{4095}, size_t{4096}, size_t{9000},
                            whole.size() / 2, whole.size() - 1}) {
    EXPECT_EQ(code_of(whole.substr(0, size)), Code::kDataLoss) << "cut at " << size;
  }
  // Bytes of the header and of each section's used part: centroids, list sizes, slots, ranges and
  // codes each begin on a page.
  for (const size_t at : {0U, 9U, 40U, 4090U, 4096U, 4096U + 511U, 8192U, 8192U + 63U, 12288U,
                          12288U + 3999U, 16384U, 16384U + 71U, 20480U, 20480U + 11999U}) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_EQ(code_of(damaged), Code::kDataLoss) << "byte " << at;
  }
  EXPECT_EQ(f.NewIndex()->Load(TempPath("absent")).error().code, Code::kNotFound);
}

// The checksums of these files are right; what they hold is not.
TEST(IvfSnapshot, ContentThatNoIndexWroteIsRefused) {
  Fixture f(Metric::kL2, 1000, 8, {.nlist = 16, .codes = IvfCodes::kScalar8});
  f.Add(0, 1000);
  const std::string path = TempPath("content.ivf");
  const auto code_after = [&](size_t section, size_t word, uint32_t value) {
    EXPECT_TRUE(f.index_->Save(path, 1000, "").ok());
    {
      const auto file = OpenSectionFile(path, "VGIVF00\n", 1);
      EXPECT_TRUE(file.ok());
      std::memcpy(file->sections[section].data + word * 4, &value, 4);
      std::vector<SectionSource> sections;
      for (const Section& one : file->sections) {
        sections.push_back({{{one.data, one.used_bytes}}, one.padded_bytes});
      }
      EXPECT_TRUE(WriteSectionFile(path, "VGIVF00\n", 1, file->meta, sections).ok());
    }
    const auto loaded = f.NewIndex()->Load(path);
    return loaded.ok() ? Code::kOk : loaded.error().code;
  };
  constexpr uint32_t kNan = 0x7fc00000;
  EXPECT_EQ(code_after(0, 5, 0x3f800000), Code::kOk);  // a centroid elsewhere is still one
  EXPECT_EQ(code_after(0, 5, kNan), Code::kDataLoss);
  EXPECT_EQ(code_after(1, 3, 1001), Code::kDataLoss);  // more members than there are
  EXPECT_EQ(code_after(2, 3, 1000), Code::kDataLoss);  // a slot beyond the end
  EXPECT_EQ(code_after(3, 0, 6), Code::kDataLoss);     // codes of 6 bits
  EXPECT_EQ(code_after(3, 1, 9), Code::kDataLoss);     // another dimension
  EXPECT_EQ(code_after(3, 4, kNan), Code::kDataLoss);  // the end of a range
  const auto file = OpenSectionFile(path, "VGIVF00\n", 1);
  const uint32_t first = *reinterpret_cast<const uint32_t*>(file->sections[2].data);
  EXPECT_EQ(code_after(2, 1, first), Code::kDataLoss);  // one slot twice
}

TEST(IvfSnapshot, OtherParametersAreRefused) {
  Fixture f(Metric::kL2, 500, 8, {.nlist = 16});
  f.Add(0, 500);
  const std::string path = TempPath("parameters.ivf");
  ASSERT_TRUE(f.index_->Save(path, 500, "").ok());
  for (const IvfOptions& other :
       {IvfOptions{.nlist = 17}, {.nlist = 16, .codes = IvfCodes::kScalar8}}) {
    f.options_ = other;
    EXPECT_EQ(f.NewIndex()->Load(path).error().code, Code::kDataLoss);
  }
}

}  // namespace
}  // namespace vecgate::index

#include "bench/codes_run.h"

#include <algorithm>
#include <numeric>
#include <thread>

#include "bench/process_usage.h"
#include "engines/embedded/vector_index.h"
#include "index/vector_space.h"

namespace vecgate::bench {
namespace {

using index::Slot;

class CodesScan {
 public:
  CodesScan(const AnnData& data, const RecallJudge& judge, const CodesSearch& search,
            index::CodeSpace& codes)
      : data_(data),
        judge_(judge),
        search_(search),
        codes_(codes),
        arena_(data.base.columns()),
        space_(embedded::ToIndexMetric(search.metric), arena_) {}

  Result<CodesFigures> Run() {
    CodesFigures out;
    const Stopwatch training;
    VG_RETURN_IF_ERROR(Train());
    out.train_s = training.WallSeconds();
    const size_t rows = data_.base.rows();
    VG_RETURN_IF_ERROR(codes_.Reserve(rows));
    const Stopwatch encoding;
    for (size_t row = 0; row < rows; ++row) {
      codes_.Encode(static_cast<Slot>(row), space_.Prepare(data_.base.RowSpan(row)).data());
    }
    out.encode_us = 1e6 * encoding.CpuSecondsUsed() / static_cast<double>(rows);
    out.bytes = codes_.codes()->width();
    const Stopwatch scanning;
    const Found found = ScanAll();
    const size_t queries = data_.query.rows();
    out.compare_ns = 1e9 * scanning.CpuSecondsUsed() /
                     (static_cast<double>(rows) * static_cast<double>(queries));
    const auto wanted = static_cast<double>(judge_.wanted());
    out.recall = static_cast<double>(found.by_codes) / wanted;
    out.reranked_recall = static_cast<double>(found.reranked) / wanted;
    return out;
  }

 private:
  struct Found {
    size_t by_codes = 0;
    size_t reranked = 0;
  };
  struct Scored {
    double score = 0;  // smaller is nearer
    uint32_t row = 0;
    bool operator<(const Scored& other) const {
      return score != other.score ? score < other.score : row < other.row;
    }
  };

  Status Train() {
    constexpr size_t kMostRows = 65'536;
    const size_t step = (data_.base.rows() + kMostRows - 1) / kMostRows;
    std::vector<float> sample;
    size_t count = 0;
    for (size_t row = 0; row < data_.base.rows(); row += step, ++count) {
      const auto prepared = space_.Prepare(data_.base.RowSpan(row));
      sample.insert(sample.end(), prepared.begin(), prepared.end());
    }
    return codes_.Train(sample.data(), count);
  }

  Found ScanAll() const {
    std::vector<Found> parts(std::clamp<size_t>(search_.threads, 1, data_.query.rows()));
    {
      std::vector<std::jthread> threads;
      for (size_t t = 0; t < parts.size(); ++t) {
        threads.emplace_back([this, t, &parts] {
          for (size_t q = t; q < data_.query.rows(); q += parts.size()) ScanFor(q, parts[t]);
        });
      }
    }
    return std::accumulate(parts.begin(), parts.end(), Found{}, [](Found sum, const Found& part) {
      return Found{sum.by_codes + part.by_codes, sum.reranked + part.reranked};
    });
  }

  void ScanFor(size_t query, Found& found) const {
    std::vector<Scored> best = NearestByCodes(query);
    found.by_codes += Hits(query, best);
    for (Scored& candidate : best) {
      candidate.score = -ExactScore(search_.metric, data_.query.RowSpan(query),
                                    data_.base.RowSpan(candidate.row));
    }
    std::sort(best.begin(), best.end());
    found.reranked += Hits(query, best);
  }

  /// The `rerank` nearest by codes, in order.
  [[nodiscard]] std::vector<Scored> NearestByCodes(size_t query) const {
    constexpr size_t kAtOnce = 1024;
    index::PreparedQuery prepared;
    codes_.Prepare(space_.Prepare(data_.query.RowSpan(query)).data(), prepared);
    std::vector<Scored> heap;
    std::vector<Slot> slots(kAtOnce);
    std::vector<float> distances(kAtOnce);
    for (size_t at = 0; at < data_.base.rows(); at += kAtOnce) {
      const size_t n = std::min(kAtOnce, data_.base.rows() - at);
      std::iota(slots.begin(), slots.end(), static_cast<Slot>(at));
      codes_.Distances(prepared, slots.data(), n, distances.data());
      for (size_t i = 0; i < n; ++i) {
        const Scored scored{distances[i], slots[i]};
        if (heap.size() < search_.rerank) {
          heap.push_back(scored);
          std::push_heap(heap.begin(), heap.end());
        } else if (scored < heap.front()) {
          std::pop_heap(heap.begin(), heap.end());
          heap.back() = scored;
          std::push_heap(heap.begin(), heap.end());
        }
      }
    }
    std::sort_heap(heap.begin(), heap.end());
    return heap;
  }

  [[nodiscard]] size_t Hits(size_t query, const std::vector<Scored>& best) const {
    std::vector<int64_t> keys;
    for (size_t i = 0; i < std::min(search_.k, best.size()); ++i) keys.push_back(best[i].row);
    return judge_.CountHits(query, keys);
  }

  const AnnData& data_;
  const RecallJudge& judge_;
  const CodesSearch& search_;
  index::CodeSpace& codes_;
  const index::VectorArena arena_;  // holds no rows: its dimension is what the space wants
  const index::VectorSpace space_;
};

}  // namespace

Result<CodesFigures> MeasureCodes(const AnnData& data, const RecallJudge& judge,
                                  const CodesSearch& search, index::CodeSpace& codes) {
  return CodesScan(data, judge, search, codes).Run();
}

}  // namespace vecgate::bench

#include "bench/search_load.h"

#include <atomic>
#include <thread>

#include "bench/process_usage.h"

namespace vecgate::bench {
namespace {

class Searchers {
 public:
  Searchers(const VectorFile& queries, const SearchLoad& load)
      : queries_(queries), load_(load), answers_(queries.rows()), clients_(load.clients) {}

  Result<SearchLoadFigures> Run(const Connections& connections) {
    {
      std::vector<std::jthread> threads;
      for (size_t i = 0; i < clients_.size(); ++i) {
        threads.emplace_back(
            [&, i] { clients_[i].outcome = Search(*connections[i], clients_[i]); });
      }
    }
    SearchLoadFigures out{.seconds = watch_.WallSeconds(), .client_cpu_s = watch_.CpuSecondsUsed()};
    std::vector<double> seconds;
    for (const Client& client : clients_) {
      VG_RETURN_IF_ERROR(client.outcome);
      seconds.insert(seconds.end(), client.seconds.begin(), client.seconds.end());
    }
    out.searches = seconds.size();
    out.latency = LatencyOf(std::move(seconds));
    out.answers = std::move(answers_);
    return out;
  }

 private:
  struct Client {
    std::vector<double> seconds;  ///< Of each search.
    Status outcome;
  };

  Status Search(milvus_client::MilvusClient& connection, Client& client) {
    while (!failed_) {
      const size_t number = next_.fetch_add(1);
      if (IsOver(number)) break;
      const size_t query = number % answers_.size();
      const Stopwatch watch;
      auto keys = connection.Search(load_.search, queries_.RowSpan(query));
      client.seconds.push_back(watch.WallSeconds());
      if (!keys.ok()) {
        failed_ = true;
        return keys.error();
      }
      // Each number is dealt once, so no other thread has this place.
      if (number < answers_.size()) answers_[query] = std::move(*keys);
    }
    return Ok();
  }

  [[nodiscard]] bool IsOver(size_t number) const {
    if (load_.asks_every_query && number < answers_.size()) return false;
    return watch_.WallSeconds() >= load_.seconds;
  }

  const VectorFile& queries_;
  const SearchLoad& load_;
  std::vector<std::vector<int64_t>> answers_;
  std::vector<Client> clients_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
  const Stopwatch watch_;
};

}  // namespace

Result<SearchLoadFigures> RunSearchLoad(const Connections& connections, const VectorFile& queries,
                                        const SearchLoad& load) {
  return Searchers(queries, load).Run(connections);
}

}  // namespace vecgate::bench

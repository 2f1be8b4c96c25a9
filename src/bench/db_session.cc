#include "bench/db_session.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>

#include "bench/db_report.h"
#include "bench/recall.h"
#include "bench/search_load.h"

namespace vecgate::bench {
namespace {

using milvus_client::MilvusClient;

/// Empty without a file.
Result<std::string> ReadCaFile(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::string pem{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!pem.empty()) return pem;
  return InvalidArgument("--ca-file " + path + ": no certificates could be read from it");
}

Result<Connections> Connect(const DbOptions& options) {
  const uint32_t searching = *std::max_element(options.clients.begin(), options.clients.end());
  // One more than search: it inserts in the mixed load.
  const size_t wanted = std::max(searching + 1, options.flags.insert_clients);
  VG_ASSIGN_OR_RETURN(const std::string ca_pem, ReadCaFile(options.flags.ca_file));
  Connections out;
  while (out.size() < wanted) {
    VG_ASSIGN_OR_RETURN(auto client, MilvusClient::Connect({.uri = options.flags.uri,
                                                            .token = Secret(options.flags.token),
                                                            .ca_pem = ca_pem}));
    out.push_back(std::move(client));
  }
  return out;
}

double RecallOf(const RecallJudge& judge, const std::vector<std::vector<int64_t>>& answers) {
  size_t found = 0;
  for (size_t query = 0; query < answers.size(); ++query) {
    found += judge.CountHits(query, answers[query]);
  }
  return static_cast<double>(found) / static_cast<double>(judge.wanted());
}

class DbRun {
 public:
  DbRun(const DbOptions& options, const AnnData& data, const Connections& connections,
        std::optional<WatchedProcess> server, const LineSink& print)
      : options_(options),
        data_(data),
        connections_(connections),
        server_(server),
        print_(print),
        judge_(data.Judged(options.metric), data.truth) {}

  Status Measure(DbCollection& collection) {
    VG_RETURN_IF_ERROR(Fill(collection));
    if (!options_.flags.json) print_(DbTableHead(options_.sweep_kind));
    for (const uint32_t value : options_.sweep) {
      for (const uint32_t clients : options_.clients) {
        VG_RETURN_IF_ERROR(MeasurePoint(collection, value, clients));
      }
    }
    return options_.flags.mixed == 0 ? Ok() : MeasureMixed(collection);
  }

 private:
  [[nodiscard]] double ServerCpu() const { return server_ ? server_->CpuSeconds() : 0; }

  Status Fill(DbCollection& collection) {
    const Stopwatch watch;
    const double server_before = ServerCpu();
    LoadedFigures out{.server_version = connections_.front()->server_version()};
    VG_ASSIGN_OR_RETURN(out.fill, collection.Fill());
    out.client_cpu_s = watch.CpuSecondsUsed();
    if (server_) out.server = ServerUse{ServerCpu() - server_before, server_->Memory()};
    print_(options_.flags.json ? LoadedJson(options_, data_, out)
                               : LoadedText(options_, data_, out));
    return Ok();
  }

  /// Searches, and what they cost; without recall.
  Result<std::pair<DbPointFigures, SearchLoadFigures>> Search(uint32_t value,
                                                              const SearchLoad& load) const {
    const double server_before = ServerCpu();
    VG_ASSIGN_OR_RETURN(SearchLoadFigures seen, RunSearchLoad(connections_, data_.query, load));
    const double server_cpu = ServerCpu() - server_before;
    const auto searches = static_cast<double>(seen.searches);
    DbPointFigures out{.value = value,
                       .clients = static_cast<uint32_t>(load.clients),
                       .qps = searches / seen.seconds,
                       .latency = seen.latency,
                       .client_cpu_us = 1e6 * seen.client_cpu_s / searches};
    if (server_) out.server_cpu_us = 1e6 * server_cpu / searches;
    return std::pair(std::move(out), std::move(seen));
  }

  Status MeasurePoint(const DbCollection& collection, uint32_t value, uint32_t clients) const {
    VG_ASSIGN_OR_RETURN(auto measured, Search(value, {.search = collection.PlanOf(value),
                                                      .clients = clients,
                                                      .seconds = options_.flags.seconds}));
    auto& [point, seen] = measured;
    point.recall = RecallOf(judge_, seen.answers);
    print_(options_.flags.json ? DbPointJson(options_.sweep_kind, point) : DbTableRow(point));
    return Ok();
  }

  Status MeasureMixed(const DbCollection& collection) const {
    const uint32_t value = options_.sweep.back();
    const uint32_t clients = options_.clients.back();
    Result<InsertFigures> inserted;
    std::jthread inserter([&](const std::stop_token& stop) {
      inserted = collection.InsertPaced(*connections_[clients], stop);
    });
    const auto searched = Search(value, {.search = collection.PlanOf(value),
                                         .clients = clients,
                                         .seconds = options_.flags.seconds,
                                         .asks_every_query = false});
    inserter.request_stop();
    inserter.join();
    if (!searched.ok()) return searched.error();
    if (!inserted.ok()) return inserted.error();
    const MixedFigures out{searched->first, *inserted};
    print_(options_.flags.json ? MixedJson(options_.sweep_kind, out) : MixedText(out));
    return Ok();
  }

  const DbOptions& options_;
  const AnnData& data_;
  const Connections& connections_;
  std::optional<WatchedProcess> server_;
  const LineSink& print_;
  RecallJudge judge_;
};

Result<std::optional<WatchedProcess>> WatchServer(int pid) {
  if (pid == 0) return std::optional<WatchedProcess>();
  auto server = WatchedProcess::Open(pid);
  if (!server.ok()) return server.error().Within("--server-pid");
  return std::optional(*server);
}

}  // namespace

Status RunDbSession(const DbFlags& flags, const LineSink& print, const DbProgress& progress) {
  VG_ASSIGN_OR_RETURN(const DbOptions options, ParseDbFlags(flags));
  VG_ASSIGN_OR_RETURN(const auto server, WatchServer(flags.server_pid));
  // Before the data is read: ground truth may take minutes, a refusal should not.
  VG_ASSIGN_OR_RETURN(const Connections connections, Connect(options));
  VG_RETURN_IF_ERROR(DbCollection::CheckName(options, *connections.front()));
  VG_ASSIGN_OR_RETURN(const AnnData data, LoadAnnData(flags, options));
  VG_ASSIGN_OR_RETURN(const auto collection,
                      DbCollection::Create(options, data, connections, progress));
  const Status measured = DbRun(options, data, connections, server, print).Measure(*collection);
  const Status dropped = collection->Drop();
  return measured.ok() ? dropped : measured;
}

}  // namespace vecgate::bench

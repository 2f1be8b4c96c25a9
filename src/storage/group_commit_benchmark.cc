// Synchronous writes per second with 1 and with 8 writers: with group commit, eight share an fsync
// and their total rises far above that of one.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>

#include "base/check.h"
#include "storage/rocks_store.h"

namespace vecgate::storage {
namespace {

std::unique_ptr<RocksStore> g_store;
const std::string kFolder = "vecgate_group_commit_benchmark";

void SyncWrites(benchmark::State& state) {
  if (state.thread_index() == 0) {
    std::filesystem::remove_all(kFolder);
    auto opened = RocksStore::Open({.directory = kFolder});
    VG_CHECK(opened.ok());
    g_store = std::move(*opened);
  }
  int64_t i = 0;
  for (auto _ : state) {
    WriteSet set;
    set.Put(std::to_string(state.thread_index()) + "." + std::to_string(i++),
            std::string(1600, 'v'));
    VG_CHECK(g_store->Write(set, Durability::kSync).ok());
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) {
    g_store.reset();
    std::filesystem::remove_all(kFolder);
  }
}
BENCHMARK(SyncWrites)->Threads(1)->Threads(8)->UseRealTime();

}  // namespace
}  // namespace vecgate::storage

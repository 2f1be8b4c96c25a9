// How a GraphIndex makes its neighbour codes and keeps them up: once nothing waits to be added, all
// nodes whose links are not copied are gone through in parts, by as many threads as there are. What
// is written over may be what a search still reads that began while the links were copied, so a
// pass waits until all searches that ran when it began have ended.
#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "base/check.h"
#include "index/graph_index.h"

namespace vecgate::index {
namespace {

// Some ten milliseconds of work.
constexpr size_t kNodesAtOnce = 2048;
// One node in so many is not copied: worth a pass.
constexpr size_t kDueShare = 16;
// With more of them a walk takes the neighbours of too many nodes one by one.
constexpr size_t kMostShare = 4;

}  // namespace

struct GraphIndex::Settling {
  std::vector<Slot> nodes;
  std::atomic<size_t> next{0};
  std::atomic<size_t> done{0};
};

size_t GraphIndex::NotCopied() const {
  const size_t nodes = size();
  // One that is being added may be copied before it counts.
  return nodes - std::min(nodes, graph_.num_copied());
}

GraphIndex::Walk GraphIndex::WalkNow() const {
  // Where coarse codes tell too little, a walk cannot even begin by them.
  const WalkPlan now = plan();
  if (neighbor_codes_ == nullptr || now.widening == 0) return {.plan = now};
  const WalkPlan by_neighbors = neighbor_plan_.load(std::memory_order_acquire);
  if (by_neighbors.widening == 0 || kMostShare * NotCopied() > size()) return {.plan = now};
  return {.plan = by_neighbors, .by_neighbors = true};
}

bool GraphIndex::CanShareSettling() const {
  if (neighbor_codes_ == nullptr) return false;
  const auto settling = *settling_.LockShared();
  return settling != nullptr && settling->next + kNodesAtOnce < settling->nodes.size();
}

Result<bool> GraphIndex::SettleSome(FunctionRef<Status(size_t size_bytes)> charge) {
  if (neighbor_codes_ == nullptr) return false;
  VG_ASSIGN_OR_RETURN(const std::shared_ptr<Settling> settling, SettlingNow(charge));
  if (settling == nullptr) return false;
  if (!neighbor_readers_.HavePassed()) {
    std::this_thread::yield();
    return true;
  }
  const std::vector<Slot>& nodes = settling->nodes;
  const size_t begin = settling->next.fetch_add(kNodesAtOnce);
  if (begin >= nodes.size()) return false;
  const size_t end = std::min(begin + kNodesAtOnce, nodes.size());
  std::vector<Slot> links(graph_.most_links());
  for (size_t i = begin; i < end; ++i) {
    const size_t count = graph_.BeginCopy(nodes[i], links.data());
    neighbor_codes_->Set(nodes[i], {links.data(), count});
    graph_.EndCopy(nodes[i]);
  }
  if (settling->done.fetch_add(end - begin) + (end - begin) == nodes.size()) FinishSettling();
  return true;
}

bool GraphIndex::SettlingIsDue() const {
  const size_t nodes = size();
  return nodes >= settle_at_ && plan().widening > 0 && kDueShare * NotCopied() > nodes;
}

// Where many nodes are not copied, walks find more than they would by the codes.
bool GraphIndex::MeasuringNeighborsIsDue() const {
  const size_t nodes = size();
  return nodes >= measure_neighbors_at_ && kDueShare * NotCopied() <= nodes;
}

Result<std::shared_ptr<GraphIndex::Settling>> GraphIndex::SettlingNow(
    FunctionRef<Status(size_t size_bytes)> charge) {
  if (auto settling = *settling_.LockShared(); settling != nullptr || !SettlingIsDue()) {
    return settling;
  }
  // One thread begins; the others come back once there is a part to take.
  const std::unique_lock beginning(beginning_to_settle_, std::try_to_lock);
  if (!beginning.owns_lock()) return std::shared_ptr<Settling>();
  if (auto settling = *settling_.LockShared(); settling != nullptr || !SettlingIsDue()) {
    return settling;
  }
  const size_t nodes = size();
  if (nodes > neighbor_nodes_) {
    const size_t more = nodes - neighbor_nodes_;
    if (!charge(more * neighbor_codes_->node_bytes()).ok()) return std::shared_ptr<Settling>();
    neighbor_nodes_ = nodes;
  }
  VG_RETURN_IF_ERROR(neighbor_codes_->Reserve(graph_.reserved_slots()));
  auto begun = std::make_shared<Settling>();
  for (size_t slot = 0; slot < graph_.reserved_slots(); ++slot) {
    const auto node = static_cast<Slot>(slot);
    if (graph_.IsNode(node) && !graph_.IsCopied(node)) begun->nodes.push_back(node);
  }
  // Those of the last pass have ended; a search that is just beginning may look like one of them.
  while (!neighbor_readers_.Advance()) std::this_thread::yield();
  *settling_.Lock() = begun;
  return begun;
}

void GraphIndex::FinishSettling() {
  if (MeasuringNeighborsIsDue()) {
    if (const std::optional<WalkPlan> plan = MeasureNeighborPlan(); plan.has_value()) {
      neighbor_plan_.store(*plan, std::memory_order_release);
      measure_neighbors_at_ = size() + size() / 2;
    } else if (neighbor_plan_.load().widening == 0) {
      // They never served, so no search reads them.
      for (size_t slot = 0; slot < neighbor_codes_->reserved_slots(); ++slot) {
        graph_.ForgetCopy(static_cast<Slot>(slot));
      }
      neighbor_codes_->Clear();
      neighbor_nodes_ = 0;
      settle_at_ = size() + size() / 2;
    }
  }
  settling_.Lock()->reset();
}

}  // namespace vecgate::index

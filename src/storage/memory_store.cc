#include "storage/memory_store.h"

#include <mutex>
#include <utility>

namespace vecgate::storage {

Result<std::optional<std::string>> MemoryStore::Get(std::string_view key) {
  const std::shared_lock lock(mutex_);
  const auto it = map_.find(key);
  if (it == map_.end()) return std::optional<std::string>();
  return std::optional<std::string>(it->second);
}

Status MemoryStore::Write(const WriteSet& changes, Durability /*durability*/) {
  const std::unique_lock lock(mutex_);
  for (const WriteSet::Change& change : changes.changes()) {
    switch (change.kind) {
      case WriteSet::Change::Kind::kPut: map_[change.key] = change.value; break;
      case WriteSet::Change::Kind::kDelete: map_.erase(change.key); break;
      case WriteSet::Change::Kind::kDeleteRange:
        map_.erase(map_.lower_bound(change.key), map_.lower_bound(change.value));
        break;
    }
  }
  return Ok();
}

// Copies before it visits: a visitor may call back into the store, and no lock is held across a
// callback.
Status MemoryStore::Scan(std::string_view begin, std::string_view end, const Visit& visit) {
  std::vector<std::pair<std::string, std::string>> found;
  {
    const std::shared_lock lock(mutex_);
    for (auto it = map_.lower_bound(begin); it != map_.end(); ++it) {
      if (!end.empty() && it->first >= end) break;
      found.emplace_back(*it);
    }
  }
  for (const auto& [key, value] : found) VG_RETURN_IF_ERROR(visit(key, value));
  return Ok();
}

}  // namespace vecgate::storage

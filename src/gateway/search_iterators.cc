#include "gateway/search_iterators.h"

namespace vecgate::gateway {

void SearchIterators::Remember(const std::string& token, SearchCursor cursor) {
  auto state = state_.Lock();
  const auto [entry, is_new] = state->cursors.insert_or_assign(token, std::move(cursor));
  if (!is_new) return;
  state->oldest_first.push_back(token);
  if (state->oldest_first.size() > kCapacity) {
    state->cursors.erase(state->oldest_first.front());
    state->oldest_first.pop_front();
  }
}

std::optional<SearchCursor> SearchIterators::Find(const std::string& token) const {
  const auto state = state_.LockShared();
  const auto found = state->cursors.find(token);
  if (found == state->cursors.end()) return std::nullopt;
  return found->second;
}

}  // namespace vecgate::gateway

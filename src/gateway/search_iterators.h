// SearchIterators: where each running search iterator stands.
//
// The protocol's pages carry a token and the last score; scores alone cannot tell which of several
// equally good hits were given already, so the key of the last hit is kept here under the token.
// At most `kCapacity` are kept, oldest out; a page of a forgotten iterator continues strictly
// beyond its last score. Thread safety: any thread.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>

#include "base/guarded.h"
#include "engine/requests.h"

namespace vecgate::gateway {

class SearchIterators {
 public:
  static constexpr size_t kCapacity = 4096;

  void Remember(const std::string& token, SearchCursor cursor);
  [[nodiscard]] std::optional<SearchCursor> Find(const std::string& token) const;

 private:
  struct State {
    std::map<std::string, SearchCursor> cursors;
    std::list<std::string> oldest_first;
  };
  Guarded<State> state_;
};

}  // namespace vecgate::gateway

// KeyMap: primary key → slot of its living row version.
//
// Thread safety: none; Collection guards it.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

#include "index/slot.h"
#include "model/types.h"

namespace vecgate::embedded {

class KeyMap {
 public:
  explicit KeyMap(DataType key_type) {
    if (key_type == DataType::kVarChar) map_.emplace<ByText>();
  }

  [[nodiscard]] std::optional<index::Slot> Find(const PrimaryKey& key) const {
    return Visit<std::optional<index::Slot>>(
        map_, key, [](const auto& map, const auto& k) -> std::optional<index::Slot> {
          const auto it = map.find(k);
          if (it == map.end()) return std::nullopt;
          return it->second;
        });
  }
  /// Sets the slot of a key and gives the one it had.
  std::optional<index::Slot> Set(const PrimaryKey& key, index::Slot slot) {
    return Visit<std::optional<index::Slot>>(
        map_, key, [&](auto& map, const auto& k) -> std::optional<index::Slot> {
          const auto [it, added] = map.emplace(k, slot);
          if (added) return std::nullopt;
          return std::exchange(it->second, slot);
        });
  }
  /// Forgets a key and gives the slot it had.
  std::optional<index::Slot> Erase(const PrimaryKey& key) {
    return Visit<std::optional<index::Slot>>(
        map_, key, [](auto& map, const auto& k) -> std::optional<index::Slot> {
          const auto it = map.find(k);
          if (it == map.end()) return std::nullopt;
          const index::Slot slot = it->second;
          map.erase(it);
          return slot;
        });
  }
  void Reserve(size_t keys) {
    std::visit([&](auto& map) { map.reserve(keys); }, map_);
  }
  [[nodiscard]] size_t SizeBytes() const {
    // A node of libstdc++'s table: the pair, a link and the hash of a string, and a bucket.
    if (const auto* by_number = std::get_if<ByNumber>(&map_)) return by_number->size() * 40;
    size_t bytes = 0;
    for (const auto& [key, slot] : std::get<ByText>(map_)) bytes += 72 + key.capacity();
    return bytes;
  }

 private:
  using ByNumber = std::unordered_map<int64_t, index::Slot>;
  using ByText = std::unordered_map<std::string, index::Slot>;

  // A key of the other type than the collection's is in no collection.
  template <typename Out, typename Maps, typename Function>
  static Out Visit(Maps& maps, const PrimaryKey& key, Function function) {
    if (const auto* number = std::get_if<int64_t>(&key)) {
      if (auto* map = std::get_if<ByNumber>(&maps)) return function(*map, *number);
    } else if (auto* map = std::get_if<ByText>(&maps)) {
      return function(*map, std::get<std::string>(key));
    }
    return Out{};
  }

  std::variant<ByNumber, ByText> map_;
};

}  // namespace vecgate::embedded

// KeyMap: primary key → slot of its living row version.
//
// An entry is a slot and a hash of its key; the key itself is compared where it stands, in the
// scalar rows. So an entry takes 8 bytes, and about as much again is kept free, whatever the key.
//
// Thread safety: none; Collection guards it.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "engines/embedded/scalar_rows.h"
#include "index/slot.h"
#include "model/types.h"

namespace vecgate::embedded {

class KeyMap {
 public:
  /// Position of the primary key among the fields.
  explicit KeyMap(size_t key_field) : key_field_(key_field) {}

  /// REQUIRES here and below: `rows` hold every slot that is in the map.
  [[nodiscard]] std::optional<index::Slot> Find(const PrimaryKey& key,
                                                const ScalarRows& rows) const {
    const auto found = entries_.find(Wanted{HashOf(key), key, rows, key_field_});
    if (found == entries_.end()) return std::nullopt;
    return found->slot;
  }
  /// Sets the slot of a key and gives the one it had.
  std::optional<index::Slot> Set(const PrimaryKey& key, index::Slot slot, const ScalarRows& rows) {
    const uint32_t hash = HashOf(key);
    const auto found = entries_.find(Wanted{hash, key, rows, key_field_});
    if (found != entries_.end()) return std::exchange(found->slot, slot);
    entries_.insert({hash, slot});
    return std::nullopt;
  }
  /// Forgets a key and gives the slot it had.
  std::optional<index::Slot> Erase(const PrimaryKey& key, const ScalarRows& rows) {
    const auto found = entries_.find(Wanted{HashOf(key), key, rows, key_field_});
    if (found == entries_.end()) return std::nullopt;
    const index::Slot slot = found->slot;
    entries_.erase(found);
    return slot;
  }
  void Reserve(size_t keys) { entries_.reserve(keys); }
  [[nodiscard]] size_t SizeBytes() const {
    // The table has a byte and a little more for every place.
    return entries_.bucket_count() * (sizeof(Entry) + 1);
  }

 private:
  struct Entry {
    uint32_t hash;
    mutable index::Slot slot;  // no part of what is hashed
  };
  struct Wanted {
    uint32_t hash;
    const PrimaryKey& key;
    const ScalarRows& rows;
    size_t key_field;
  };
  struct Hash {
    using is_transparent = void;
    template <typename Keyed>
    size_t operator()(const Keyed& keyed) const {
      return keyed.hash;
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Entry& a, const Entry& b) const { return a.slot == b.slot; }
    bool operator()(const Wanted& wanted, const Entry& entry) const {
      return wanted.hash == entry.hash &&
             wanted.rows.HasKey(entry.slot, wanted.key_field, wanted.key);
    }
    bool operator()(const Entry& entry, const Wanted& wanted) const {
      return (*this)(wanted, entry);
    }
  };

  static uint32_t HashOf(const PrimaryKey& key) {
    if (const auto* number = std::get_if<int64_t>(&key)) {
      // Fibonacci hashing: keys that differ in the upper half alone are told apart too.
      return static_cast<uint32_t>((static_cast<uint64_t>(*number) * 0x9E3779B97F4A7C15U) >> 32);
    }
    return static_cast<uint32_t>(std::hash<std::string>{}(std::get<std::string>(key)));
  }

  size_t key_field_;
  boost::unordered_flat_set<Entry, Hash, Equal> entries_;
};

}  // namespace vecgate::embedded

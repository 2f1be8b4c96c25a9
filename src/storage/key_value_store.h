// KeyValueStore: an ordered map of byte strings on disk, the one way to what is durable.
//
// Thread safety: any method from any thread, except that nothing may run beside or after Close.
// Keys are ordered as unsigned bytes. Failures of the disk are kUnavailable, damage found while
// reading is kDataLoss, both with Subject::kStorage.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vecgate::storage {

/// Changes that are applied together or not at all, also across a crash, in this order.
class WriteSet {
 public:
  struct Change {
    enum class Kind { kPut, kDelete, kDeleteRange };
    Kind kind;
    std::string key;
    std::string value;  ///< The value of a put; the end of a range, exclusive.
  };

  void Put(std::string key, std::string value) {
    changes_.push_back({Change::Kind::kPut, std::move(key), std::move(value)});
  }
  void Delete(std::string key) { changes_.push_back({Change::Kind::kDelete, std::move(key), {}}); }
  /// Deletes the keys in [begin, end).
  void DeleteRange(std::string begin, std::string end) {
    changes_.push_back({Change::Kind::kDeleteRange, std::move(begin), std::move(end)});
  }
  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }
  [[nodiscard]] bool empty() const { return changes_.empty(); }

 private:
  std::vector<Change> changes_;
};

/// When a write is acknowledged: kSync after the log reached the disk (writers at the same moment
/// share one fsync), kAsync once the operating system has it, which power loss may undo but the
/// death of the process does not.
enum class Durability { kSync, kAsync };

class KeyValueStore {
 public:
  virtual ~KeyValueStore() = default;

  /// The value, or nothing when the key is absent.
  virtual Result<std::optional<std::string>> Get(std::string_view key) = 0;

  virtual Status Write(const WriteSet& changes, Durability durability) = 0;

  /// Calls `visit` for each key in [begin, end) in order, as of the moment of the call, until it
  /// returns an error, which is then the result. An empty `end` is no end. The views live for the
  /// one call of `visit`.
  using Visit = std::function<Status(std::string_view key, std::string_view value)>;
  virtual Status Scan(std::string_view begin, std::string_view end, const Visit& visit) = 0;

  /// Makes everything written so far durable, whatever durability it was written with.
  virtual Status Sync() = 0;

  /// Moves what is buffered in memory to files when that frees a good part of it. kUnavailable or
  /// kResourceExhausted when the disk refuses; nothing is lost then.
  virtual Status ReleaseBuffers() = 0;

  /// Bytes that it holds in memory, by structure. Safe to call at any time before Close().
  [[nodiscard]] virtual std::map<std::string, uint64_t> Memory() const { return {}; }

  /// Ends the store in order; no other method may be called afterwards. Safe to call twice.
  virtual Status Close() = 0;
};

/// The smallest key above every key that begins with `prefix`; empty when there is none.
std::string PrefixEnd(std::string_view prefix);

}  // namespace vecgate::storage

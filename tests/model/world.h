// World: an engine under test and the reference, kept in step by the same random operations.
//
// Thread safety: one thread. Ownership: owns both engines.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "compare.h"
#include "engine/reference/reference_engine.h"
#include "random_rows.h"

namespace vecgate::model_test {

class World {
 public:
  /// Opens the engine under test, at first and after each restart.
  using Opener = std::function<Result<std::unique_ptr<Engine>>()>;

  /// `restarts`: the engine keeps its rows when it is closed and opened again.
  World(Opener open, bool restarts, uint64_t seed);

  /// Does one random operation on both and compares. Returns "" or what went wrong.
  std::string Step();
  [[nodiscard]] const std::string& last_operation() const { return last_operation_; }
  [[nodiscard]] const Recall& recall() const { return recall_; }
  [[nodiscard]] uint64_t restarts() const { return restarts_; }

 private:
  std::string Restart();
  std::string ReplaceCollection();
  std::string Create(Live live);
  std::string Write(Live& live);
  std::string Delete(Live& live);
  std::string Search(Live& live);
  std::string Query(Live& live);
  std::string Stats(Live& live);
  std::string ChangeIndex(Live& live);

  Opener open_;
  bool may_restart_ = false;
  Rng rng_;
  std::unique_ptr<Engine> tested_;
  reference::ReferenceEngine reference_;
  std::vector<Live> live_;
  uint64_t next_id_ = 1;
  uint64_t restarts_ = 0;
  Recall recall_;
  std::string last_operation_;
  OpContext context_;
};

}  // namespace vecgate::model_test

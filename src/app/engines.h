// Engines: the engines that the configuration names, opened.
//
// The embedded one is always there. One that lies behind a network opens although nobody answers;
// its health and each of its calls say so until it is reached.
//
// Thread safety: as Engine; opened and closed by one thread. Ownership: owns the engines.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "app/config.h"
#include "gateway/engine_set.h"

namespace vecgate::embedded {
class EmbeddedEngine;
}

namespace vecgate::app {

class Engines {
 public:
  /// Errors of the engines' own Open, kConfig for the most part.
  static Result<std::unique_ptr<Engines>> Open(const Config& config);
  ~Engines();
  Engines(const Engines&) = delete;
  Engines& operator=(const Engines&) = delete;

  /// Borrows from this.
  [[nodiscard]] gateway::EngineSet Set() const;
  /// As EmbeddedEngine::StoreMemory.
  [[nodiscard]] MemoryUse StoreMemory() const;
  /// Snapshots what is kept in this process. REQUIRES: no call is under way.
  Status Close();

 private:
  Engines() = default;

  std::map<std::string, std::unique_ptr<Engine>> engines_;
  embedded::EmbeddedEngine* embedded_ = nullptr;  ///< One of them.
  std::string default_name_;
};

}  // namespace vecgate::app

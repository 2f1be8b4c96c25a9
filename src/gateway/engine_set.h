// EngineSet: the engines that this gateway can reach, by name, and the one for collections that
// name none.
//
// Thread safety: values; the engines themselves are borrowed and take calls from any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace vecgate::gateway {

/// The property of a collection that names its engine.
inline constexpr const char* kEngineProperty = "vecgate.engine";
/// Properties of this prefix speak to the engine. They are read when a collection is made, and stay
/// as they are.
inline constexpr const char* kEnginePropertyPrefix = "vecgate.";

class EngineSet {
 public:
  /// One engine, under the name that its capabilities give.
  explicit EngineSet(Engine& only);
  /// REQUIRES: `engines` holds `default_name`.
  EngineSet(std::map<std::string, Engine*> engines, std::string default_name);

  [[nodiscard]] const std::string& default_name() const { return default_name_; }
  [[nodiscard]] Engine& Default() const { return *engines_.at(default_name_); }
  /// kFailedPrecondition (Subject::kConfig) for a name that is not there; it names those that are.
  [[nodiscard]] Result<Engine*> Find(const std::string& name) const;
  [[nodiscard]] const std::map<std::string, Engine*>& all() const { return engines_; }

 private:
  std::map<std::string, Engine*> engines_;
  std::string default_name_;
};

struct EngineHealth {
  std::string engine;
  Status health;
};

/// What each engine says of itself, within `context`.
std::vector<EngineHealth> CheckEngines(const EngineSet& engines, const OpContext& context);

}  // namespace vecgate::gateway

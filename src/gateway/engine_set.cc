#include "gateway/engine_set.h"

#include <fmt/format.h>

#include "base/check.h"

namespace vecgate::gateway {

EngineSet::EngineSet(Engine& only) : default_name_(only.GetCapabilities().engine) {
  engines_[default_name_] = &only;
}

EngineSet::EngineSet(std::map<std::string, Engine*> engines, std::string default_name)
    : engines_(std::move(engines)), default_name_(std::move(default_name)) {
  VG_CHECK(engines_.contains(default_name_));
}

Result<Engine*> EngineSet::Find(const std::string& name) const {
  const auto found = engines_.find(name);
  if (found != engines_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, engine] : engines_) names.push_back(known);
  return FailedPrecondition(fmt::format("no engine \"{}\" is configured here; there are: {}", name,
                                        fmt::join(names, ", ")),
                            Subject::kConfig);
}

std::vector<EngineHealth> CheckEngines(const EngineSet& engines, const OpContext& context) {
  std::vector<EngineHealth> out;
  for (const auto& [name, engine] : engines.all()) {
    out.push_back({name, engine->CheckHealth(context)});
  }
  return out;
}

}  // namespace vecgate::gateway

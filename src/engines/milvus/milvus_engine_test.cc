#include "engines/milvus/milvus_engine.h"

#include "engine/conformance/conformance.h"
#include "engines/milvus/server_fixture.h"

namespace vecgate::milvus_engine {
namespace {

/// What a case that has ended left behind would be loaded, and slow the next ones down.
void DropCollectionsOfCaseBefore(const std::string& name) {
  static std::string before;
  if (before == name) return;
  if (!before.empty()) {
    const auto context = OpContext::WithTimeout(std::chrono::seconds(30));
    const auto engine = MilvusEngine::Open(TestOptions(before));
    VG_CHECK(engine.ok());
    const auto collections = (*engine)->ListCollections(context);
    VG_CHECK(collections.ok());
    for (const CollectionSpec& spec : *collections) {
      VG_CHECK((*engine)->DropCollection(context, spec.id).ok());
    }
  }
  before = name;
}

// A directory is a case's own, so its name makes collections that are the case's own.
const bool kRegistered = conformance::Register(
    {.name = "Milvus",
     .open = [](const std::filesystem::path& directory) -> Result<std::unique_ptr<Engine>> {
       const std::string name = directory.filename().string();
       DropCollectionsOfCaseBefore(name);
       VG_ASSIGN_OR_RETURN(auto engine, MilvusEngine::Open(TestOptions(name)));
       return engine;
     }});

}  // namespace
}  // namespace vecgate::milvus_engine

#include "engines/milvus/milvus_engine.h"

#include "engine/conformance/conformance.h"
#include "engines/milvus/server_fixture.h"

namespace vecgate::milvus_engine {
namespace {

// A directory is a case's own, so its name makes collections that are the case's own.
const bool kRegistered = conformance::Register(
    {.name = "Milvus",
     .open = [](const std::filesystem::path& directory) -> Result<std::unique_ptr<Engine>> {
       VG_ASSIGN_OR_RETURN(auto engine,
                           MilvusEngine::Open(TestOptions(directory.filename().string())));
       return engine;
     }});

}  // namespace
}  // namespace vecgate::milvus_engine

#include "engine/reference/reference_engine.h"

#include "engine/conformance/conformance.h"

namespace vecgate {
namespace {

const bool kRegistered = conformance::Register(
    {.name = "Reference",
     .open = [](const std::filesystem::path&) -> Result<std::unique_ptr<Engine>> {
       return std::make_unique<reference::ReferenceEngine>();
     }});

}  // namespace
}  // namespace vecgate

// What Open mends: that which a crash, or an engine that failed, left between store and engines.
#include <fmt/format.h>

#include <set>

#include "gateway/catalog.h"

namespace vecgate::gateway {
namespace {

bool MayPass(const Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kDeadlineExceeded;
}

}  // namespace

Result<Engine*> Catalog::EngineOf(const CollectionInfo& info) const {
  Result<Engine*> engine = engines_.Find(info.engine);
  if (!engine.ok()) return engine.error().Within("collection " + info.name);
  return engine;
}

void Catalog::Warn(const std::string& text) const {
  if (options_.warn) options_.warn(text);
}

Status Catalog::FinishDrop(const OpContext& context, Engine& engine, CollectionId id) {
  VG_RETURN_IF_ERROR(engine.DropCollection(context, id));
  return store_->DeleteCollection(id);
}

Status Catalog::MendAfterCrash(const std::vector<CollectionInfo>& unfinished) {
  for (const auto& [name, engine] : engines_.all()) {
    const Status mended = MendEngine(name, *engine, unfinished);
    if (mended.ok()) continue;
    if (!MayPass(mended.error())) return mended;
    Warn(
        fmt::format("the {} engine cannot be reached, its collections are looked at when the "
                    "gateway starts again: {}",
                    name, mended.error().message));
  }
  return Ok();
}

Status Catalog::MendEngine(const std::string& name, Engine& engine,
                           const std::vector<CollectionInfo>& unfinished) {
  const OpContext context = OpContext::WithTimeout(options_.mend_timeout);
  for (const CollectionInfo& info : unfinished) {
    if (info.engine == name) VG_RETURN_IF_ERROR(FinishDrop(context, engine, info.id));
  }
  VG_ASSIGN_OR_RETURN(const std::vector<CollectionSpec> in_engine, engine.ListCollections(context));
  std::set<CollectionId> engine_ids;
  for (const CollectionSpec& spec : in_engine) engine_ids.insert(spec.id);

  std::vector<CollectionPtr> known;
  for (const auto& [database_name, database] : *databases_.LockShared()) {
    for (const auto& [collection_name, info] : database.collections) {
      if (info->engine == name) known.push_back(info);
    }
  }
  const bool shared = engine.GetCapabilities().shared;
  for (const CollectionPtr& info : known) {
    if (engine_ids.erase(info->id) == 0) {
      const std::string text =
          fmt::format("collection {} is in the catalog and not in the {} engine", info->name, name);
      if (!shared) {
        return DataLoss(text + ": the data directory and the metadata store do not belong together",
                        Subject::kStorage);
      }
      // The store of a shared engine is another's too, who may have lost it; others are to serve.
      Warn(text);
      continue;
    }
    if (!info->unpurged_partitions.empty()) VG_RETURN_IF_ERROR(Purge(context, *info));
  }
  // In a shared store the others belong to other gateways.
  if (shared) return Ok();
  for (const CollectionId orphan : engine_ids) {
    VG_RETURN_IF_ERROR(engine.DropCollection(context, orphan));
  }
  return Ok();
}

Status Catalog::Purge(const OpContext& context, const CollectionInfo& info) {
  VG_ASSIGN_OR_RETURN(Engine* const engine, EngineOf(info));
  DeleteRequest request;
  request.selection.partitions = info.unpurged_partitions;
  VG_RETURN_IF_ERROR(engine->Delete(context, info.id, request));
  CollectionInfo purged = info;
  purged.unpurged_partitions.clear();
  return Publish(std::move(purged));
}

}  // namespace vecgate::gateway

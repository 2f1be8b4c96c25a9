#include "engines/milvus/serving.h"

#include <fmt/format.h>

#include <algorithm>

namespace vecgate::milvus_engine {
namespace {

IndexSpec WantedOf(Collection& collection) {
  const auto indexes = collection.indexes.LockShared();
  const auto found = indexes->find(collection.layout.vector());
  return found == indexes->end() ? IndexWithout(collection.layout) : found->second;
}

/// The one on the vectors, if there is one.
Result<std::optional<StoredIndex>> FindIndex(const OpContext& context, Server& server,
                                             const Layout& layout) {
  VG_ASSIGN_OR_RETURN(const std::vector<StoredIndex> indexes,
                      server.Indexes(context, layout.collection));
  const std::string& name = layout.field(layout.vector()).name;
  const auto found = std::find_if(indexes.begin(), indexes.end(),
                                  [&](const StoredIndex& index) { return index.field == name; });
  return found == indexes.end() ? std::nullopt : std::optional(*found);
}

Status TakeAdopted(const OpContext& context, Server& server, Collection& collection) {
  const Layout& layout = collection.layout;
  VG_ASSIGN_OR_RETURN(const auto there, FindIndex(context, server, layout));
  const auto spec = there ? SpecOf(layout.vector(), there->params) : std::nullopt;
  if (!spec) {
    return FailedPrecondition(
        fmt::format(
            "the adopted collection '{}' of Milvus has no index on field '{}' that is known "
            "here, without which Milvus serves nothing: create one",
            layout.collection, layout.field(layout.vector()).name),
        Subject::kIndex);
  }
  *collection.built.Lock() = *spec;
  return Ok();
}

Status Build(const OpContext& context, Server& server, Collection& collection) {
  const Layout& layout = collection.layout;
  const IndexSpec wanted = WantedOf(collection);
  VG_ASSIGN_OR_RETURN(const auto plan, PlanIndex(layout, wanted));
  VG_ASSIGN_OR_RETURN(const auto there, FindIndex(context, server, layout));
  if (there && !IsBuilt(plan, there->params)) {
    VG_RETURN_IF_ERROR(server.Release(context, layout.collection));
    VG_RETURN_IF_ERROR(server.DropIndex(context, layout.collection, *there));
  }
  if (!there || !IsBuilt(plan, there->params)) {
    VG_RETURN_IF_ERROR(
        server.CreateIndex(context, layout.collection, layout.field(layout.vector()).name, plan));
  }
  *collection.built.Lock() = wanted;
  return Ok();
}

}  // namespace

Status Serve(const OpContext& context, Server& server, Collection& collection) {
  if (collection.is_serving.load()) return Ok();
  VG_ASSIGN_OR_RETURN(const Gate::Pass pass, collection.gate.Enter(context, Gate::Kind::kAlone));
  if (collection.is_serving.load()) return Ok();
  VG_RETURN_IF_ERROR(collection.layout.is_adopted ? TakeAdopted(context, server, collection)
                                                  : Build(context, server, collection));
  VG_RETURN_IF_ERROR(server.Load(context, collection.layout.collection));
  collection.is_serving.store(true);
  return Ok();
}

}  // namespace vecgate::milvus_engine

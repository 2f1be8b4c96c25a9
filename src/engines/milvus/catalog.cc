#include "engines/milvus/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "milvus_wire/schema.h"

namespace vecgate::milvus_engine {
namespace {

constexpr int kFormat = 1;
constexpr const char* kIndexesProperty = "vecgate.indexes";

Error NoSuchCollection(CollectionId id) {
  return NotFound(fmt::format("collection {} does not exist in this engine", ToNumber(id)),
                  Subject::kCollection);
}

bool IsNoCollection(const Error& error) {
  return error.code == Code::kNotFound && error.subject == Subject::kCollection;
}

std::string ToDescription(const CollectionSpec& spec) {
  return nlohmann::json{{"vecgate", kFormat},
                        {"schema", nlohmann::json::parse(SchemaToJson(spec.schema))}}
      .dump();
}

Result<CollectionSchema> FromDescription(const std::string& collection, const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("vecgate") || !json.contains("schema")) {
    return DataLoss(
        fmt::format("collection '{}' of Milvus has no schema of vecgate's with it", collection),
        Subject::kCollection);
  }
  if (json.at("vecgate") != kFormat) {
    return FailedPrecondition(
        fmt::format("collection '{}' of Milvus was written in format {}, this is format {}: use a "
                    "newer vecgate",
                    collection, json.at("vecgate").dump(), kFormat),
        Subject::kCollection);
  }
  return SchemaFromJson(json.at("schema").dump());
}

/// Properties of an adopted collection bear the alias, so that two engines may adopt it.
std::string PropertyOf(std::string_view alias, std::string_view what) {
  return fmt::format("vecgate.{}.{}", alias, what);
}

}  // namespace

std::string Catalog::NameOf(CollectionId id) const {
  return name_prefix_ + std::to_string(ToNumber(id));
}

Result<Catalog::Found> Catalog::Read(const OpContext& context, CollectionId id) {
  const std::string name = NameOf(id);
  auto described = server_.Describe(context, name);
  if (!described.ok()) {
    if (IsNoCollection(described.error())) return NoSuchCollection(id);
    return described.error();
  }
  auto properties = milvus_wire::ToMap(described->properties());
  const bool is_adopted = described->schema().name() != name;
  const std::string description =
      is_adopted ? properties[PropertyOf(name, "schema")] : described->schema().description();
  // An alias that was left behind, without what belongs to it.
  if (is_adopted && description.empty()) return NoSuchCollection(id);
  VG_ASSIGN_OR_RETURN(CollectionSchema schema, FromDescription(name, description));
  CollectionSpec spec{.id = id, .schema = std::move(schema)};
  if (is_adopted) spec.properties[kCollectionProperty] = described->schema().name();
  Found out;
  VG_ASSIGN_OR_RETURN(out.layout, LayOut(spec, name_prefix_));
  VG_RETURN_IF_ERROR(CheckCompatible(out.layout, described->schema()));
  VG_ASSIGN_OR_RETURN(
      out.indexes,
      IndexesFromJson(properties[is_adopted ? PropertyOf(name, "indexes") : kIndexesProperty]));
  return out;
}

Result<std::vector<CollectionSpec>> Catalog::List(const OpContext& context) {
  VG_ASSIGN_OR_RETURN(const std::vector<std::string> names, server_.ListCollections(context));
  std::vector<CollectionId> ids;
  const auto add_if_own = [&](const std::string& name) {
    if (!name.starts_with(name_prefix_)) return false;
    uint64_t number = 0;
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + name_prefix_.size(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return false;
    ids.push_back(CollectionId{number});
    return true;
  };
  for (const std::string& name : names) {
    if (add_if_own(name)) continue;
    auto described = server_.Describe(context, name);
    if (!described.ok()) {
      if (IsNoCollection(described.error())) continue;  // Dropped meanwhile.
      return described.error();
    }
    for (const std::string& alias : described->aliases()) add_if_own(alias);
  }
  std::sort(ids.begin(), ids.end());
  std::vector<CollectionSpec> out;
  for (const CollectionId id : ids) {
    auto found = Read(context, id);
    if (found.ok()) {
      out.push_back(found->layout.spec);
    } else if (!IsNoCollection(found.error())) {
      return found.error();
    }
  }
  return out;
}

Status Catalog::Create(const OpContext& context, const CollectionSpec& spec) {
  VG_ASSIGN_OR_RETURN(const Layout layout, LayOut(spec, name_prefix_));
  const auto there = server_.Describe(context, NameOf(spec.id));
  if (there.ok()) {
    return AlreadyExists(fmt::format("collection {} exists already", ToNumber(spec.id)),
                         Subject::kCollection);
  }
  if (!IsNoCollection(there.error())) return there.error();
  Forget(spec.id);
  if (layout.is_adopted) return Adopt(context, layout);
  return server_.Create(context, StoredSchema(layout, ToDescription(spec)),
                        {{kIndexesProperty, IndexesToJson({})}});
}

Status Catalog::Adopt(const OpContext& context, const Layout& layout) {
  const std::string alias = NameOf(layout.spec.id);
  VG_ASSIGN_OR_RETURN(const auto found, server_.Describe(context, layout.collection));
  VG_RETURN_IF_ERROR(CheckCompatible(layout, found.schema()));
  VG_RETURN_IF_ERROR(
      server_.SetProperties(context, layout.collection,
                            {{PropertyOf(alias, "schema"), ToDescription(layout.spec)},
                             {PropertyOf(alias, "indexes"), IndexesToJson({})}}));
  // Last: with the alias it is ours.
  return server_.CreateAlias(context, layout.collection, alias);
}

Status Catalog::Drop(const OpContext& context, CollectionId id) {
  const std::string name = NameOf(id);
  const auto described = server_.Describe(context, name);
  if (!described.ok()) {
    Forget(id);
    return IsNoCollection(described.error()) ? Ok() : Status(described.error());
  }
  if (described->schema().name() == name) {
    VG_RETURN_IF_ERROR(server_.Drop(context, name));
  } else {
    VG_RETURN_IF_ERROR(server_.DropAlias(context, name));
    VG_RETURN_IF_ERROR(server_.SetProperties(
        context, described->schema().name(),
        {{PropertyOf(name, "schema"), ""}, {PropertyOf(name, "indexes"), ""}}));
  }
  Forget(id);
  return Ok();
}

Result<std::shared_ptr<Collection>> Catalog::Find(const OpContext& context, CollectionId id) {
  {
    const auto known = known_.LockShared();
    const auto at = known->find(id);
    if (at != known->end()) return at->second;
  }
  VG_ASSIGN_OR_RETURN(Found found, Read(context, id));
  auto collection = std::make_shared<Collection>(std::move(found.layout));
  *collection->indexes.Lock() = std::move(found.indexes);
  // The one that another thread has made meanwhile is as good, and may be in use.
  return known_.Lock()->emplace(id, std::move(collection)).first->second;
}

void Catalog::Forget(CollectionId id) { known_.Lock()->erase(id); }

Status Catalog::KeepIndexes(const OpContext& context, const Collection& collection,
                            const std::map<size_t, IndexSpec>& indexes) {
  const Layout& layout = collection.layout;
  const std::string property = layout.is_adopted ? PropertyOf(NameOf(layout.spec.id), "indexes")
                                                 : std::string(kIndexesProperty);
  return server_.SetProperties(context, layout.collection, {{property, IndexesToJson(indexes)}});
}

}  // namespace vecgate::milvus_engine

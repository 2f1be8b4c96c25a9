#include "gateway/collection_info.h"

#include <nlohmann/json.hpp>

namespace vecgate::gateway {
namespace {

using nlohmann::json;

json ToJsonValue(const IndexInfo& index) {
  return {{"name", index.name},
          {"id", index.id},
          {"field", index.spec.field},
          {"type", IndexTypeName(index.spec.type)},
          {"metric", MetricName(index.spec.metric)},
          {"params", index.spec.params},
          {"given_params", index.given_params}};
}

Result<IndexInfo> IndexFromJson(const json& in) {
  IndexInfo index;
  index.name = in.at("name");
  index.id = in.at("id");
  index.spec.field = in.at("field");
  const auto type = IndexTypeFromName(in.at("type").get<std::string>());
  const auto metric = MetricFromName(in.at("metric").get<std::string>());
  if (!type || !metric)
    return DataLoss("stored index " + index.name + " has an unknown type or metric");
  index.spec.type = *type;
  index.spec.metric = *metric;
  index.spec.params = in.at("params").get<std::map<std::string, std::string>>();
  index.given_params = in.at("given_params").get<std::map<std::string, std::string>>();
  return index;
}

constexpr std::pair<LifeStage, std::string_view> kStages[] = {{LifeStage::kReady, "ready"},
                                                              {LifeStage::kCreating, "creating"},
                                                              {LifeStage::kDropping, "dropping"}};

std::string_view StageName(LifeStage stage) {
  for (const auto& [known, name] : kStages) {
    if (known == stage) return name;
  }
  return kStages[0].second;
}

Result<LifeStage> StageFromName(const std::string& text) {
  for (const auto& [stage, name] : kStages) {
    if (name == text) return stage;
  }
  return DataLoss("a stored collection record has the unknown stage " + text, Subject::kStorage);
}

template <typename T, typename Predicate>
const T* FindIn(const std::vector<T>& items, Predicate matches) {
  for (const T& item : items) {
    if (matches(item)) return &item;
  }
  return nullptr;
}

}  // namespace

const PartitionInfo* CollectionInfo::FindPartition(std::string_view partition) const {
  return FindIn(partitions, [&](const PartitionInfo& p) { return p.name == partition; });
}

const IndexInfo* CollectionInfo::FindIndexOfField(size_t field) const {
  return FindIn(indexes, [&](const IndexInfo& i) { return i.spec.field == field; });
}

const IndexInfo* CollectionInfo::FindIndexByName(std::string_view index_name) const {
  return FindIn(indexes, [&](const IndexInfo& i) { return i.name == index_name; });
}

std::string ToJson(const CollectionInfo& info) {
  json partitions = json::array();
  for (const PartitionInfo& p : info.partitions) {
    partitions.push_back({{"id", ToNumber(p.id)}, {"name", p.name}, {"created_ms", p.created_ms}});
  }
  json unpurged = json::array();
  for (const PartitionId id : info.unpurged_partitions) unpurged.push_back(ToNumber(id));
  json indexes = json::array();
  for (const IndexInfo& index : info.indexes) indexes.push_back(ToJsonValue(index));
  return json{{"id", ToNumber(info.id)},
              {"stage", StageName(info.stage)},
              {"engine", info.engine},
              {"database", info.database},
              {"name", info.name},
              {"schema", json::parse(SchemaToJson(info.schema))},
              {"properties", info.properties},
              {"num_shards", info.num_shards},
              {"consistency_level", info.consistency_level},
              {"created_ms", info.created_ms},
              {"loaded", info.loaded},
              {"partitions", std::move(partitions)},
              {"next_partition_id", info.next_partition_id},
              {"unpurged_partitions", std::move(unpurged)},
              {"indexes", std::move(indexes)},
              {"aliases", info.aliases}}
      .dump();
}

Result<CollectionInfo> CollectionInfoFromJson(std::string_view text) {
  try {
    const json in = json::parse(text);
    CollectionInfo info;
    info.id = CollectionId{in.at("id").get<uint64_t>()};
    // Records from before there were several engines have neither.
    VG_ASSIGN_OR_RETURN(info.stage, StageFromName(in.value("stage", "ready")));
    info.engine = in.value("engine", "embedded");
    info.database = in.at("database");
    info.name = in.at("name");
    VG_ASSIGN_OR_RETURN(info.schema, SchemaFromJson(in.at("schema").dump()));
    info.properties = in.at("properties").get<std::map<std::string, std::string>>();
    info.num_shards = in.at("num_shards");
    info.consistency_level = in.at("consistency_level");
    info.created_ms = in.at("created_ms");
    info.loaded = in.at("loaded");
    for (const json& p : in.at("partitions")) {
      info.partitions.push_back(
          {PartitionId{p.at("id").get<uint32_t>()}, p.at("name"), p.at("created_ms")});
    }
    info.next_partition_id = in.at("next_partition_id");
    for (const json& id : in.at("unpurged_partitions")) {
      info.unpurged_partitions.push_back(PartitionId{id.get<uint32_t>()});
    }
    for (const json& index : in.at("indexes")) {
      VG_ASSIGN_OR_RETURN(IndexInfo parsed, IndexFromJson(index));
      info.indexes.push_back(std::move(parsed));
    }
    info.aliases = in.at("aliases").get<std::set<std::string>>();
    return info;
  } catch (const json::exception& e) {
    return DataLoss(std::string("a stored collection record cannot be read: ") + e.what(),
                    Subject::kStorage);
  }
}

}  // namespace vecgate::gateway

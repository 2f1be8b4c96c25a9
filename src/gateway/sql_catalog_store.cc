#include "gateway/sql_catalog_store.h"

#include <nlohmann/json.hpp>

namespace vecgate::gateway {

Result<std::vector<DatabaseRecord>> SqlCatalogStore::LoadDatabases() {
  return metadata_.Read<std::vector<DatabaseRecord>>(
      [](soci::session& sql) -> Result<std::vector<DatabaseRecord>> {
        std::vector<DatabaseRecord> out;
        const soci::rowset<soci::row> rows =
            (sql.prepare << "SELECT name, properties_json FROM databases ORDER BY name");
        for (const soci::row& row : rows) {
          DatabaseRecord record;
          record.name = row.get<std::string>(0);
          const auto properties = nlohmann::json::parse(row.get<std::string>(1), nullptr, false);
          if (!properties.is_object())
            return DataLoss("database " + record.name + " has a damaged record");
          record.properties = properties.get<std::map<std::string, std::string>>();
          out.push_back(std::move(record));
        }
        for (DatabaseRecord& record : out) {
          long long id = 0;
          long long created_ms = 0;
          sql << "SELECT id, created_ms FROM databases WHERE name = :n", soci::into(id),
              soci::into(created_ms), soci::use(record.name);
          record.id = id;
          record.created_ms = created_ms;
        }
        return out;
      });
}

Result<std::vector<CollectionInfo>> SqlCatalogStore::LoadCollections() {
  return metadata_.Read<std::vector<CollectionInfo>>(
      [](soci::session& sql) -> Result<std::vector<CollectionInfo>> {
        std::vector<CollectionInfo> out;
        const soci::rowset<std::string> rows =
            (sql.prepare << "SELECT record_json FROM collections ORDER BY id");
        for (const std::string& record : rows) {
          VG_ASSIGN_OR_RETURN(CollectionInfo info, CollectionInfoFromJson(record));
          out.push_back(std::move(info));
        }
        return out;
      });
}

Status SqlCatalogStore::PutDatabase(const DatabaseRecord& database) {
  return metadata_.WithTransaction([&](soci::session& sql) {
    const std::string properties = nlohmann::json(database.properties).dump();
    const long long id = database.id;
    const long long created_ms = database.created_ms;
    sql << "INSERT INTO databases (name, id, properties_json, created_ms) VALUES (:n, :i, :p, :c) "
           "ON CONFLICT (name) DO UPDATE SET id = excluded.id, properties_json = "
           "excluded.properties_json, created_ms = excluded.created_ms",
        soci::use(database.name), soci::use(id), soci::use(properties), soci::use(created_ms);
    return Ok();
  });
}

Status SqlCatalogStore::DeleteDatabase(const std::string& name) {
  return metadata_.WithTransaction([&](soci::session& sql) {
    sql << "DELETE FROM databases WHERE name = :n", soci::use(name);
    return Ok();
  });
}

Status SqlCatalogStore::PutCollection(const CollectionInfo& info) {
  return metadata_.WithTransaction([&](soci::session& sql) {
    const auto id = static_cast<long long>(ToNumber(info.id));
    const std::string record = ToJson(info);
    sql << "INSERT INTO collections (id, database_name, name, record_json) VALUES (:i, :d, :n, :r) "
           "ON CONFLICT (id) DO UPDATE SET database_name = excluded.database_name, name = "
           "excluded.name, "
           "record_json = excluded.record_json",
        soci::use(id), soci::use(info.database), soci::use(info.name), soci::use(record);
    return Ok();
  });
}

Status SqlCatalogStore::DeleteCollection(CollectionId id) {
  return metadata_.WithTransaction([&](soci::session& sql) {
    const auto number = static_cast<long long>(ToNumber(id));
    sql << "DELETE FROM collections WHERE id = :i", soci::use(number);
    return Ok();
  });
}

Result<int64_t> SqlCatalogStore::ReserveIds(int64_t at_least, int64_t count) {
  return metadata_.Read<int64_t>(
      [&](soci::session& sql) { return MetadataStore::ReserveIds(sql, at_least, count); });
}

}  // namespace vecgate::gateway

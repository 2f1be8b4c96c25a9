// Any bytes as any request: the first picks a verb, the rest is its message. Run over the reference
// engine with a small collection "a", which comes back when a request dropped or changed it.
#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <iterator>
#include <memory>

#include "api/milvus_grpc/milvus_server.h"
#include "base/check.h"
#include "engine/reference/reference_engine.h"
#include "gateway/sql_catalog_store.h"

namespace vecgate::milvus_grpc {
namespace {

FieldSchema Field(const char* name, DataType type) {
  FieldSchema field;
  field.name = name;
  field.type = type;
  if (type == DataType::kVarChar) field.max_length = 8;
  if (type == DataType::kFloatVector) field.dim = 2;
  return field;
}

CollectionSchema Schema() {
  CollectionSchema schema;
  schema.name = "a";
  schema.enable_dynamic_field = true;
  schema.fields = {Field("id", DataType::kInt64), Field("t", DataType::kVarChar),
                   Field("v", DataType::kFloatVector)};
  schema.fields[0].is_primary_key = true;
  schema.fields[1].nullable = true;
  return schema;
}

/// A whole server without its sockets.
struct World {
  std::unique_ptr<MetadataStore> metadata = MetadataStore::Open(":memory:").value();
  reference::ReferenceEngine engine;
  std::unique_ptr<gateway::Gateway> gateway =
      gateway::Gateway::Open(std::make_unique<gateway::SqlCatalogStore>(*metadata),
                             gateway::EngineSet(engine), SystemClock(), {.max_batch_rows = 1000})
          .value();
  RpcTable table = MakeMilvusTable(*gateway);

  World() {
    const OpContext context;
    gateway::Catalog& catalog = gateway->catalog();
    gateway::CreateCollectionOptions options;
    options.database = "default";
    options.schema = Schema();
    VG_CHECK(catalog.CreateCollection(context, std::move(options)).ok());
    VG_CHECK(catalog.CreateIndex(context, "default", "a", {"v", "", {}}).ok());
    VG_CHECK(catalog.Load("default", "a").ok());
    const auto info = catalog.Resolve("default", "a").value();
    gateway::PartialBatch rows;
    rows.num_rows = 4;
    rows.columns.resize(info->schema.fields.size());
    for (size_t i : {0, 2}) rows.columns[i] = info->schema.fields[i].MakeColumn();
    for (int64_t id = 0; id < 4; ++id) {
      rows.columns[0]->Append(id);
      rows.columns[2]->AppendVector(std::vector<float>{static_cast<float>(id), 1});
    }
    VG_CHECK(gateway->Write(context, *info, WriteMode::kInsert, std::move(rows), "").ok());
  }
};

/// Opening a world takes a while, so it is made anew only when the last request may have changed
/// what a later one sees: finds must be reproducible from their own bytes alone.
World& FreshWorld(bool spoiled) {
  static std::unique_ptr<World> world;
  if (world == nullptr || spoiled) world = std::make_unique<World>();
  return *world;
}

bool OnlyReads(const std::string& method) {
  for (const char* prefix :
       {"Get", "Show", "List", "Describe", "Has", "Search", "Query", "Check", "Connect", "Alloc"}) {
    if (method.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace
}  // namespace vecgate::milvus_grpc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vecgate;
  using namespace vecgate::milvus_grpc;
  static bool spoiled = false;
  // Protobuf prints a line for each text that is no UTF-8.
  [[maybe_unused]] static const bool quiet = [] {
    google::protobuf::SetLogHandler(nullptr);
    return true;
  }();
  if (size == 0) return 0;
  World& world = FreshWorld(spoiled);
  const auto& verbs = world.table.verbs();
  const auto& [method, verb] =
      *std::next(verbs.begin(), static_cast<std::ptrdiff_t>(data[0] % verbs.size()));
  const auto request = verb.new_request();
  spoiled = false;
  if (!request->ParseFromArray(data + 1, static_cast<int>(size - 1))) return 0;
  spoiled = !OnlyReads(method);
  Call call;
  call.context = OpContext::WithTimeout(std::chrono::seconds(10));
  const auto response = verb.new_response();
  const Status outcome = verb.Run(call, *request, *response);
  // What a client would get is a message that it can read.
  const auto again = verb.new_response();
  VG_CHECK(again->ParseFromString(response->SerializeAsString()));
  if (!outcome.ok()) VG_CHECK(!outcome.error().message.empty());
  return 0;
}

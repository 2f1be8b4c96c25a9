#include "engines/milvus/milvus_engine.h"

#include <fmt/format.h>

#include <utility>

#include "engines/milvus/catalog.h"
#include "engines/milvus/query.h"
#include "engines/milvus/search.h"
#include "engines/milvus/server.h"
#include "engines/milvus/serving.h"
#include "engines/milvus/stats.h"
#include "engines/milvus/write.h"

namespace vecgate::milvus_engine {
namespace {

/// Open() waits no longer to learn whether somebody answers.
constexpr std::chrono::seconds kFirstLook{2};
/// Times that a read begins anew because the collection was released or its index changed.
constexpr int kMaxAttempts = 5;

Error NoUpkeep(std::string_view what) {
  return Unimplemented(
      fmt::format("{} is not available on Milvus, which looks after its indexes by "
                  "itself; the embedded engine has it",
                  what),
      Subject::kIndex);
}

bool IsNoCollection(const Error& error) {
  return error.code == Code::kNotFound && error.subject == Subject::kCollection;
}

/// Another process may have released the collection or given it another index; and a server that
/// starts again loads its collections one by one.
bool IsNoLongerServed(const Error& error) {
  return (error.code == Code::kFailedPrecondition && error.subject == Subject::kLoadState) ||
         error.message.find("metric type not match") != std::string::npos;
}

}  // namespace

struct MilvusEngine::Core {
  Core(MilvusOptions given, std::unique_ptr<Server> to)
      : options(std::move(given)), server(std::move(to)), catalog(*server, options.name_prefix) {}

  [[nodiscard]] Freshness FreshnessOf(const Collection& collection) const {
    const uint64_t written = collection.written.load();
    if (!options.sole_writer || written == 0) return {};
    return {.kind = Freshness::Kind::kUpTo, .timestamp = written};
  }

  /// Runs `work(collection)` for one that exists.
  template <typename Work>
  auto With(const OpContext& context, CollectionId id, Work&& work)
      -> decltype(work(std::declval<Collection&>())) {
    using Outcome = decltype(work(std::declval<Collection&>()));
    const Status wanted = context.Check();
    if (!wanted.ok()) return wanted.error();
    const auto found = catalog.Find(context, id);
    if (!found.ok()) return found.error();
    Outcome outcome = work(**found);
    // Another process may have dropped it.
    if (!outcome.ok() && IsNoCollection(outcome.error())) catalog.Forget(id);
    return outcome;
  }

  /// The same once the collection can be read.
  template <typename Work>
  auto Read(const OpContext& context, CollectionId id, Work&& work)
      -> decltype(work(std::declval<ReadScope>())) {
    using Outcome = decltype(work(std::declval<ReadScope>()));
    return With(context, id, [&](Collection& collection) -> Outcome {
      for (int attempt = 1;; ++attempt) {
        const Status serving = Serve(context, *server, collection);
        if (!serving.ok()) return serving.error();
        Outcome outcome = work(ReadScope{.context = context,
                                         .server = *server,
                                         .collection = collection,
                                         .freshness = FreshnessOf(collection)});
        if (outcome.ok() || !IsNoLongerServed(outcome.error()) || attempt == kMaxAttempts) {
          return outcome;
        }
        collection.is_serving.store(false);
      }
    });
  }

  /// Takes over these indexes, as far as the server does.
  Status SetIndexes(const OpContext& context, Collection& collection,
                    const std::map<size_t, IndexSpec>& indexes) {
    VG_RETURN_IF_ERROR(catalog.KeepIndexes(context, collection, indexes));
    *collection.indexes.Lock() = indexes;
    collection.is_serving.store(false);
    return Ok();
  }

  const MilvusOptions options;
  const std::unique_ptr<Server> server;
  Catalog catalog;
};

MilvusEngine::MilvusEngine(std::unique_ptr<Core> core) : core_(std::move(core)) {}
MilvusEngine::~MilvusEngine() = default;

Result<std::unique_ptr<MilvusEngine>> MilvusEngine::Open(MilvusOptions options) {
  VG_ASSIGN_OR_RETURN(auto server, Server::Open(options));
  std::unique_ptr<MilvusEngine> engine(
      new MilvusEngine(std::make_unique<Core>(std::move(options), std::move(server))));
  const auto& warn = engine->core_->options.warn;
  if (!warn) return engine;
  const Status healthy = engine->CheckHealth(OpContext::WithTimeout(kFirstLook));
  if (!healthy.ok()) {
    warn("Milvus does not serve yet, calls will fail until it does: " + healthy.error().message);
  }
  return engine;
}

Capabilities MilvusEngine::GetCapabilities() const {
  return {.engine = "milvus",
          .vector_indexes = VectorIndexTypes(),
          .binary_indexes = BinaryIndexTypes(),
          .scalar_indexes = {},
          .metrics = {Metric::kL2, Metric::kInnerProduct, Metric::kCosine, Metric::kHamming,
                      Metric::kJaccard},
          .durable = true,
          .shared = true,
          .counts_replaced = false,
          .max_vector_fields = kMaxVectorFields,
          .whole_after_crash = false};
}

Result<std::vector<CollectionSpec>> MilvusEngine::ListCollections(const OpContext& context) {
  VG_RETURN_IF_ERROR(context.Check());
  return core_->catalog.List(context);
}

Status MilvusEngine::CreateCollection(const OpContext& context, const CollectionSpec& spec) {
  VG_RETURN_IF_ERROR(context.Check());
  return core_->catalog.Create(context, spec);
}

Status MilvusEngine::DropCollection(const OpContext& context, CollectionId collection) {
  VG_RETURN_IF_ERROR(context.Check());
  return core_->catalog.Drop(context, collection);
}

Status MilvusEngine::CreateIndex(const OpContext& context, CollectionId id,
                                 const IndexSpec& index) {
  return core_->With(context, id, [&](Collection& collection) -> Status {
    VG_ASSIGN_OR_RETURN(const auto plan, PlanIndex(collection.layout, index));
    const std::map<size_t, IndexSpec> before = *collection.indexes.LockShared();
    if (collection.layout.is_adopted) {
      VG_RETURN_IF_ERROR(Serve(context, *core_->server, collection));
      const IndexSpec built = *collection.built.LockShared();
      if (built.type != index.type || built.metric != index.metric) {
        return FailedPrecondition(
            fmt::format(
                "the adopted collection '{}' has an index {} by {}, wanted is {} by {}: its "
                "owner changes it",
                collection.layout.collection, IndexTypeName(built.type), MetricName(built.metric),
                IndexTypeName(index.type), MetricName(index.metric)),
            Subject::kIndex);
      }
    }
    std::map<size_t, IndexSpec> indexes = before;
    indexes.insert_or_assign(index.field, index);
    VG_RETURN_IF_ERROR(core_->SetIndexes(context, collection, indexes));
    const Status built = Serve(context, *core_->server, collection);
    const bool refused = !built.ok() && RetryFor(built.error().code) != Retry::kNowSafe;
    // The server has its own limits; what it refuses is not kept.
    if (refused) VG_RETURN_IF_ERROR(core_->SetIndexes(context, collection, before));
    return built;
  });
}

Status MilvusEngine::DropIndex(const OpContext& context, CollectionId id, size_t field) {
  return core_->With(context, id, [&](Collection& collection) -> Status {
    std::map<size_t, IndexSpec> indexes = *collection.indexes.LockShared();
    if (indexes.erase(field) == 0) return Ok();
    return core_->SetIndexes(context, collection, indexes);
  });
}

// Keys are unique whatever the mode, so both modes write alike.
Result<WriteResult> MilvusEngine::Write(const OpContext& context, CollectionId id,
                                        WriteMode /*mode*/, const RowBatch& batch) {
  return core_->With(context, id, [&](Collection& collection) {
    return WriteBatch(context, *core_->server, collection, batch);
  });
}

Result<DeleteResult> MilvusEngine::Delete(const OpContext& context, CollectionId id,
                                          const DeleteRequest& request) {
  return core_->Read(context, id,
                     [&](const ReadScope& scope) { return DeleteRows(scope, request); });
}

Result<SearchResult> MilvusEngine::Search(const OpContext& context, CollectionId id,
                                          const SearchRequest& request) {
  return core_->Read(context, id,
                     [&](const ReadScope& scope) { return SearchRows(scope, request); });
}

Result<QueryResult> MilvusEngine::Query(const OpContext& context, CollectionId id,
                                        const QueryRequest& request) {
  return core_->Read(context, id,
                     [&](const ReadScope& scope) { return QueryRows(scope, request); });
}

Result<IndexInspection> MilvusEngine::InspectIndex(const OpContext& /*context*/,
                                                   CollectionId /*collection*/,
                                                   const InspectRequest& /*request*/) {
  return NoUpkeep("inspecting an index");
}

Status MilvusEngine::RebuildIndexes(const OpContext& /*context*/, CollectionId /*collection*/) {
  return NoUpkeep("rebuilding indexes");
}

Result<CollectionStats> MilvusEngine::Stats(const OpContext& context, CollectionId id) {
  return core_->Read(context, id, [&](const ReadScope& scope) { return ReadStats(scope); });
}

// What was acknowledged is in Milvus' log, and durable; flushing seals it into segments.
Status MilvusEngine::Flush(const OpContext& context, CollectionId id) {
  return core_->With(context, id, [&](Collection& collection) {
    return core_->server->Flush(context, collection.layout.collection);
  });
}

Status MilvusEngine::CheckHealth(const OpContext& context) {
  VG_RETURN_IF_ERROR(context.Check());
  return core_->server->CheckHealth(context);
}

}  // namespace vecgate::milvus_engine

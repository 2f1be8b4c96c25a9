// Server: the calls of a Milvus server that the engine makes, as functions.
//
// Each is repeated while the server cannot be reached, within the context's deadline and
// MilvusOptions::grpc_timeout: all of them may be done twice.
//
// Thread safety: calls from any thread. Ownership: owns the connections.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "engines/milvus/expression.h"
#include "engines/milvus/milvus_options.h"
#include "milvus.pb.h"
#include "milvus_client/milvus_channel.h"

namespace vecgate::milvus_engine {

namespace pb = ::milvus::proto;
namespace api = ::milvus::proto::milvus;

/// How new the data is that a read sees.
struct Freshness {
  enum class Kind {
    kAllWrites,   ///< Of any process, before the read began.
    kUpTo,        ///< Up to `timestamp`.
    kWhatIsThere  ///< What the server has got to by now.
  };
  Kind kind = Kind::kAllWrites;
  uint64_t timestamp = 0;
};

struct QueryCall {
  std::string collection;
  std::string expression;  ///< Empty: all rows; REQUIRES then a limit, or a count.
  std::vector<std::string> outputs;
  std::optional<uint64_t> limit;
  uint64_t offset = 0;
  Freshness freshness;
};

struct SearchCall {
  std::string collection;
  std::string field;
  std::string expression;
  std::string queries;  ///< A serialized PlaceholderGroup.
  size_t num_queries = 0;
  std::string metric;
  uint32_t topk = 0;
  std::string params;  ///< JSON
  std::vector<std::string> outputs;
  Freshness freshness;
};

struct StoredIndex {
  std::string field;
  std::string name;
  std::map<std::string, std::string> params;
  uint64_t indexed_rows = 0;
};

/// Milvus' own limit of topk, and of offset and limit together.
inline constexpr uint64_t kMaxWindow = 16384;

class Server {
 public:
  /// Errors of the URI and the authentication: kInvalidArgument, Subject::kConfig.
  static Result<std::unique_ptr<Server>> Open(const MilvusOptions& options);

  /// Asked once: kUnavailable says at once that nobody answers, or why the server is not well.
  Status CheckHealth(const OpContext& context);
  Result<std::string> Version(const OpContext& context);

  Result<std::vector<std::string>> ListCollections(const OpContext& context);
  /// Also by alias. kNotFound (Subject::kCollection) when there is none.
  Result<api::DescribeCollectionResponse> Describe(const OpContext& context,
                                                   const std::string& collection);
  Status Create(const OpContext& context, const pb::schema::CollectionSchema& schema,
                const std::map<std::string, std::string>& properties);
  Status Drop(const OpContext& context, const std::string& collection);
  Status SetProperties(const OpContext& context, const std::string& collection,
                       const std::map<std::string, std::string>& properties);
  Status CreateAlias(const OpContext& context, const std::string& collection,
                     const std::string& alias);
  Status DropAlias(const OpContext& context, const std::string& alias);

  Result<std::vector<StoredIndex>> Indexes(const OpContext& context, const std::string& collection);
  /// The index is named as its field.
  Status CreateIndex(const OpContext& context, const std::string& collection,
                     const std::string& field, const std::map<std::string, std::string>& params);
  Status DropIndex(const OpContext& context, const std::string& collection,
                   const StoredIndex& index);
  /// Returns when it is loaded.
  Status Load(const OpContext& context, const std::string& collection);
  Status Release(const OpContext& context, const std::string& collection);
  /// Returns when what was written is in sealed segments.
  Status Flush(const OpContext& context, const std::string& collection);

  /// Writes these fields; the timestamp of the write.
  Result<uint64_t> Upsert(const OpContext& context, const api::UpsertRequest& request);
  Status Delete(const OpContext& context, const std::string& collection,
                const std::string& expression);
  /// The server's clock: later than of all writes that are through.
  Result<uint64_t> Timestamp(const OpContext& context);

  Result<api::QueryResults> Query(const OpContext& context, const QueryCall& call);
  Result<uint64_t> Count(const OpContext& context, const std::string& collection,
                         const Expression& expression, const Freshness& freshness);
  Result<api::SearchResults> Search(const OpContext& context, const SearchCall& call);

 private:
  explicit Server(std::unique_ptr<milvus_client::MilvusChannel> channel)
      : channel_(std::move(channel)) {}

  std::unique_ptr<milvus_client::MilvusChannel> channel_;
};

}  // namespace vecgate::milvus_engine

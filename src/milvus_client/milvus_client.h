// MilvusClient: a client of any Milvus-compatible server, of the calls that a load needs.
//
// It sends what pymilvus sends: Connect first, columns in Insert, a placeholder group and text
// parameters in Search, the consistency that the collection was made with (Bounded). Collections
// are of one shape: the INT64 key `id`, the FLOAT_VECTOR `vector`, and on request the INT64
// attribute `bucket`.
//
// Every call is bounded in time. An Error names the method and what was answered.
//
// Thread safety: calls from any thread; each waits for its own answer. Ownership: owns the
// connection.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "model/types.h"

namespace vecgate::milvus_client {

class MilvusChannel;

struct ClientOptions {
  std::string uri;            ///< "http://127.0.0.1:19530"; https is TLS.
  Secret<std::string> token;  ///< "user:password" or a key; empty: none.
  std::string ca_pem;         ///< Whom to trust with https; empty: whom the system trusts.
  std::chrono::milliseconds connect_timeout{10'000};
};

struct CollectionShape {
  std::string name;
  uint32_t dim = 0;
  bool has_bucket = false;
};

/// n rows; borrowed.
struct Rows {
  std::span<const int64_t> keys;     ///< n
  std::span<const int64_t> buckets;  ///< n, or empty where the collection has none.
  std::span<const float> vectors;    ///< n × dim, row-major
};

/// What a server answers to Flush: by this it is asked whether it has finished.
struct FlushTicket {
  std::vector<int64_t> segments;
  uint64_t timestamp = 0;
};

struct IndexPlan {
  std::string type;
  Metric metric = Metric::kCosine;
  std::map<std::string, std::string> params;
};

struct IndexProgress {
  bool is_finished = false;
  int64_t indexed_rows = 0;
  int64_t total_rows = 0;
  int64_t pending_rows = 0;
};

struct SearchPlan {
  std::string collection;
  Metric metric = Metric::kCosine;
  uint32_t k = 10;
  std::string filter;         ///< Empty: none.
  std::string params = "{}";  ///< JSON: {"ef":64}
};

class MilvusClient {
 public:
  /// kInvalidArgument for the URI, kUnavailable when nobody answers, kUnauthenticated for the
  /// token.
  static Result<std::unique_ptr<MilvusClient>> Connect(const ClientOptions& options);
  ~MilvusClient();
  MilvusClient(const MilvusClient&) = delete;
  MilvusClient& operator=(const MilvusClient&) = delete;

  /// The version that the server says it has.
  [[nodiscard]] const std::string& server_version() const { return server_version_; }

  Result<bool> HasCollection(const std::string& name);
  Status CreateCollection(const CollectionShape& shape);
  Status DropCollection(const std::string& name);
  /// REQUIRES: the collection has this shape.
  Status Insert(const CollectionShape& shape, const Rows& rows);
  /// Asks for everything to be sealed; IsFlushed tells when it is.
  Result<FlushTicket> Flush(const std::string& name);
  Result<bool> IsFlushed(const std::string& name, const FlushTicket& ticket);
  Status CreateIndex(const std::string& name, const IndexPlan& plan);
  /// The server's time now; 0 where it has none to give.
  Result<uint64_t> Timestamp();
  /// Of the rows that were there at `timestamp`. kInternal with the server's reason when building
  /// failed.
  Result<IndexProgress> DescribeIndex(const std::string& name, uint64_t timestamp);
  Status Load(const std::string& name);
  /// 0 to 100.
  Result<int64_t> LoadProgress(const std::string& name);
  /// The keys nearest to `vector`, best first.
  Result<std::vector<int64_t>> Search(const SearchPlan& plan, std::span<const float> vector);

 private:
  explicit MilvusClient(std::unique_ptr<MilvusChannel> channel);
  Status Introduce();

  std::unique_ptr<MilvusChannel> channel_;
  std::string server_version_;
};

}  // namespace vecgate::milvus_client
